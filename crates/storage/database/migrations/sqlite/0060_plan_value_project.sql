-- The project of the pool whose reduction a value is; null for any other value. A project has at most
-- one accepted value of a measure: it is counted once.
ALTER TABLE plan_value ADD COLUMN project_id BLOB REFERENCES project (id);
DROP INDEX plan_value_accepted;
CREATE UNIQUE INDEX plan_value_accepted ON plan_value (measure, region_code, year)
    WHERE state = 'accepted' AND project_id IS NULL;
CREATE UNIQUE INDEX plan_value_project ON plan_value (measure, project_id)
    WHERE state = 'accepted' AND project_id IS NOT NULL;
