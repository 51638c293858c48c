-- What a point demands of its data before they count. least_minutes: measured minutes of an hour, 0 for
-- none; least_samples: samples of a section's day.
ALTER TABLE verdict_setting ADD COLUMN least_minutes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE verdict_setting ADD COLUMN least_samples INTEGER NOT NULL DEFAULT 1;
