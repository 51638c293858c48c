//! Finding columns by their headings and reading cells.

use beijing_time::CivilDate;
use exact_decimal::Decimal;

use super::Problem;

/// A column that a judgement knows.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// Its key.
    pub(super) key: String,
    /// Other headings it may have.
    pub(super) aliases: Vec<String>,
    /// Whether it names what a row belongs to: of several such columns the first counts.
    pub(super) is_naming: bool,
}

impl Field {
    pub(super) fn new(key: &str, aliases: &[&str]) -> Self {
        Self {
            key: key.to_owned(),
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            is_naming: false,
        }
    }

    /// A column that names what a row belongs to.
    pub(super) fn naming(key: &str, aliases: &[&str]) -> Self {
        Self {
            is_naming: true,
            ..Self::new(key, aliases)
        }
    }
}

/// A heading without what people write around it: case, spaces, units in brackets, dots.
fn plain(heading: &str) -> String {
    let end = heading
        .find(['(', '（', '/', '['])
        .filter(|end| *end > 0)
        .unwrap_or(heading.len());
    heading
        .get(..end)
        .unwrap_or(heading)
        .chars()
        .filter(|character| !character.is_whitespace() && !matches!(character, '.' | '_' | '-'))
        .flat_map(char::to_lowercase)
        .map(|character| match character {
            '₂' => '2',
            '₃' => '3',
            '₅' => '5',
            other => other,
        })
        .collect()
}

/// Where each known field stands. At least one of the first `measured` fields must be there.
pub(super) fn find_positions(
    known: &[Field],
    measured: usize,
    header: &[String],
) -> Result<Vec<(String, usize)>, Vec<Problem>> {
    let mut positions: Vec<(String, usize)> = Vec::new();
    let mut problems = Vec::new();
    for (position, heading) in header.iter().enumerate() {
        let name = plain(heading);
        let found = known.iter().find(|field| {
            plain(&field.key) == name || field.aliases.iter().any(|alias| plain(alias) == name)
        });
        let Some(field) = found else { continue };
        if let Some((_, first)) = positions.iter().find(|(key, _)| *key == field.key) {
            if field.is_naming {
                continue;
            }
            problems.push(Problem::new(
                heading,
                "",
                &format!("与第 {} 列是同一项", first + 1),
                &format!("is the same item as column {}", first + 1),
            ));
        } else {
            positions.push((field.key.clone(), position));
        }
    }
    let is_measured = known
        .iter()
        .take(measured)
        .any(|field| positions.iter().any(|(key, _)| *key == field.key));
    if !is_measured {
        let names: Vec<_> = known
            .iter()
            .take(measured)
            .map(|field| field.key.as_str())
            .collect();
        problems.push(Problem::new(
            "",
            "",
            &format!("没有可评价的列；认识的列名：{}", names.join("、")),
            &format!(
                "no column that could be judged; known: {}",
                names.join(", ")
            ),
        ));
    }
    if problems.is_empty() {
        Ok(positions)
    } else {
        Err(problems)
    }
}

/// One row, by key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    /// Number of the row as the caller counts.
    pub(super) number: u64,
    pub(super) header: &'a [String],
    pub(super) positions: &'a [(String, usize)],
    pub(super) cells: &'a [&'a str],
}

impl<'a> Fields<'a> {
    fn position(&self, key: &str) -> Option<usize> {
        self.positions
            .iter()
            .find(|(known, _)| *known == key)
            .map(|(_, position)| *position)
    }

    /// The heading of a field as given.
    pub(super) fn heading<'b>(&'b self, key: &'b str) -> &'b str {
        self.position(key)
            .and_then(|position| self.header.get(position))
            .map_or(key, String::as_str)
    }

    /// Whether the table has such a column.
    pub(super) fn has(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// The text of a field; none when the column is absent or the cell says "no value".
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        let text = self.cells.get(self.position(key)?)?.trim();
        match text {
            "" | "-" | "--" | "—" | "/" | "NA" | "N/A" | "null" => None,
            text => Some(text),
        }
    }

    /// A problem of a field.
    pub(super) fn problem(&self, key: &str, chinese: &str, english: &str) -> Problem {
        let value = self
            .position(key)
            .and_then(|position| self.cells.get(position))
            .copied()
            .unwrap_or_default();
        Problem::new(self.heading(key), value, chinese, english)
    }

    /// A number, or none for a missing one.
    pub(super) fn decimal(&self, key: &str) -> Result<Option<Decimal>, Problem> {
        let Some(text) = self.text(key) else {
            return Ok(None);
        };
        text.parse()
            .map(Some)
            .map_err(|_error| self.problem(key, "不是数字", "is not a number"))
    }

    /// A number that is not below zero, or none; a problem is put on the list.
    pub(super) fn concentration(&self, key: &str, problems: &mut Vec<Problem>) -> Option<Decimal> {
        match self.decimal(key) {
            Ok(Some(value)) if value.is_negative() => {
                problems.push(self.problem(key, "不能为负", "must not be below zero"));
                None
            }
            Ok(value) => value,
            Err(problem) => {
                problems.push(problem);
                None
            }
        }
    }

    /// The day of the row: its own in `time`, else the given one; a problem is put on the list when
    /// there is neither. Also whether the row's own has a time of day.
    pub(super) fn required_day(
        &self,
        default: Option<CivilDate>,
        problems: &mut Vec<Problem>,
    ) -> Option<(CivilDate, Option<bool>)> {
        match self.day("time") {
            Ok(Some((day, has_time))) => Some((day, Some(has_time))),
            Ok(None) if default.is_some() => default.map(|day| (day, None)),
            Ok(None) => {
                problems.push(self.problem(
                    "time",
                    "没有日期，无法选用标准版本（或用 --date 指定）",
                    "no date, so no edition can be chosen (or give --date)",
                ));
                None
            }
            Err(problem) => {
                problems.push(problem);
                None
            }
        }
    }

    /// The day of a field that holds a date or a time, and whether there is a time of day in it:
    /// `2026-03-01`, `2026/3/1 5:00`, `20260301`, `2026年3月1日`.
    pub(super) fn day(&self, key: &str) -> Result<Option<(CivilDate, bool)>, Problem> {
        let Some(text) = self.text(key) else {
            return Ok(None);
        };
        parse_day(text).map(Some).ok_or_else(|| {
            self.problem(
                key,
                "不是日期，应如 2026-03-01 或 2026-03-01 05:00",
                "is no date such as 2026-03-01 or 2026-03-01 05:00",
            )
        })
    }
}

fn parse_day(text: &str) -> Option<(CivilDate, bool)> {
    let (day, time) = match text.split_once([' ', 'T']) {
        Some((day, time)) => (day, time.trim()),
        None => (text, ""),
    };
    let is_compact = day.len() >= 8 && day.bytes().all(|byte| byte.is_ascii_digit());
    let (year, month, date, rest) = if is_compact {
        (
            day.get(..4)?,
            day.get(4..6)?,
            day.get(6..8)?,
            day.get(8..).unwrap_or_default(),
        )
    } else {
        let mut parts = day.split(['-', '/', '.', '年', '月', '日']);
        (parts.next()?, parts.next()?, parts.next()?, "")
    };
    let date = CivilDate::new(year.parse().ok()?, month.parse().ok()?, date.parse().ok()?).ok()?;
    Some((date, !time.is_empty() || !rest.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_ways_people_write_a_day() {
        for (text, expected) in [
            ("2026-03-01", ("2026-03-01", false)),
            ("2026/3/1 5:00", ("2026-03-01", true)),
            ("2026-03-01T05:00:00+08:00", ("2026-03-01", true)),
            ("20260301", ("2026-03-01", false)),
            ("2026030105", ("2026-03-01", true)),
            ("2026年3月1日", ("2026-03-01", false)),
        ] {
            let (day, has_time) = parse_day(text).unwrap();
            assert_eq!((day.to_string().as_str(), has_time), expected, "{text}");
        }
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-30",
            "March 1",
            "一月一日",
        ] {
            assert_eq!(parse_day(text), None, "{text}");
        }
    }

    #[test]
    fn finds_headings_in_any_dress() {
        let known = [
            Field::new("pm2_5", &["细颗粒物"]),
            Field::new("time", &["时间"]),
        ];
        let header = ["PM2.5(µg/m³)", "时间"].map(str::to_owned);
        assert_eq!(
            find_positions(&known, 1, &header).unwrap(),
            [("pm2_5".to_owned(), 0), ("time".to_owned(), 1)]
        );
        let twice = ["PM2.5", "细颗粒物"].map(str::to_owned);
        assert_eq!(find_positions(&known, 1, &twice).unwrap_err().len(), 1);
        let nothing = ["time".to_owned()];
        assert_eq!(find_positions(&known, 1, &nothing).unwrap_err().len(), 1);
    }
}
