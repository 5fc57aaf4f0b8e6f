//! The rows of a file, one at a time: JSON Lines, or CSV with a line of names.

use std::io::{BufRead, Read};

use serde_json::{Map, Value};

/// The longest line, in bytes. What is longer is no user.
const LONGEST_LINE: u64 = 1024 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An object a line.
    JsonLines,
    /// A line of names, then a line a user.
    Csv,
}

/// The rows of a file.
pub enum Rows<R> {
    JsonLines { input: R, number: u64 },
    Csv { reader: Box<csv::Reader<R>>, names: Vec<String>, has_returns: bool },
}

/// A row: the number of its line, the first being 1, and what stands there, or why it cannot be read.
pub type Numbered = (u64, Result<Map<String, Value>, String>);

impl<R: BufRead> Rows<R> {
    /// Begins a file. Of CSV the names are read.
    ///
    /// # Errors
    /// What is the matter with the whole file.
    pub fn new(mut input: R, format: Format) -> Result<Self, String> {
        let start = input.fill_buf().map_err(|error| unreadable(&error))?;
        if start.starts_with(BYTE_ORDER_MARK) {
            input.consume(BYTE_ORDER_MARK.len());
        }
        if format == Format::JsonLines {
            let start = input.fill_buf().map_err(|error| unreadable(&error))?;
            if start.trim_ascii_start().starts_with(b"[") {
                return Err("This is one JSON array. Make a line of each element: jq -c '.[]' FILE".to_owned());
            }
            return Ok(Self::JsonLines { input, number: 0 });
        }
        let start = input.fill_buf().map_err(|error| unreadable(&error))?;
        let has_returns = start.split(|byte| *byte == b'\n').next().is_some_and(|line| line.ends_with(b"\r"));
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
        let names = reader.headers().map_err(|error| format!("The line of names cannot be read: {error}."))?;
        let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
        for (place, name) in names.iter().enumerate() {
            if name.is_empty() || names[..place].contains(name) {
                return Err(format!("Each column needs a name of its own in the first line, and `{name}` is none."));
            }
        }
        Ok(Self::Csv { reader: Box::new(reader), names, has_returns })
    }

    /// Whether values are texts whatever they mean.
    pub fn are_texts(&self) -> bool {
        matches!(self, Self::Csv { .. })
    }

    /// The next row. None at the end.
    ///
    /// # Errors
    /// A file that cannot be read on.
    pub fn read(&mut self) -> Result<Option<Numbered>, String> {
        match self {
            Self::JsonLines { input, number } => next_object(input, number),
            Self::Csv { reader, names, has_returns } => next_record(reader, names, *has_returns),
        }
    }
}

fn next_object(input: &mut impl BufRead, number: &mut u64) -> Result<Option<Numbered>, String> {
    loop {
        let mut line = Vec::new();
        let limited = &mut input.by_ref().take(LONGEST_LINE);
        if limited.read_until(b'\n', &mut line).map_err(|error| unreadable(&error))? == 0 {
            return Ok(None);
        }
        *number += 1;
        let is_cut = !line.ends_with(b"\n") && line.len() as u64 == LONGEST_LINE;
        if is_cut {
            input.skip_until(b'\n').map_err(|error| unreadable(&error))?;
            return Ok(Some((*number, Err("The line is longer than 1 MiB.".to_owned()))));
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let row = match serde_json::from_slice(&line) {
            Ok(Value::Object(row)) => Ok(row),
            Ok(_) => Err("The line is no JSON object.".to_owned()),
            // What stands in the line is not repeated: it may be a hash.
            Err(error) => Err(format!("The line is no JSON, from column {} on.", error.column())),
        };
        return Ok(Some((*number, row)));
    }
}

/// Values that are empty are absent.
fn next_record<R: Read>(
    reader: &mut csv::Reader<R>,
    names: &[String],
    has_returns: bool,
) -> Result<Option<Numbered>, String> {
    let mut record = csv::ByteRecord::new();
    // Where the last record ended: before its line's end if that is two bytes, and blank lines may follow.
    let earliest = reader.position().line() + u64::from(has_returns);
    if !reader.read_byte_record(&mut record).map_err(|error| format!("The file cannot be read on: {error}."))? {
        return Ok(None);
    }
    // The other way round: the last line of a file may lack its end.
    let end = reader.position().line() - u64::from(!has_returns);
    let within = record.iter().flatten().filter(|byte| **byte == b'\n').count();
    let number = end.saturating_sub(within as u64).max(earliest);
    if record.len() != names.len() {
        let why = format!("The line has {} values for {} columns.", record.len(), names.len());
        return Ok(Some((number, Err(why))));
    }
    let mut row = Map::new();
    for (name, value) in names.iter().zip(&record) {
        match std::str::from_utf8(value) {
            Ok("") => {}
            Ok(value) => drop(row.insert(name.clone(), value.into())),
            Err(_) => return Ok(Some((number, Err(format!("`{name}` is no UTF-8."))))),
        }
    }
    Ok(Some((number, Ok(row))))
}

fn unreadable(error: &std::io::Error) -> String {
    format!("The file cannot be read: {error}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &[u8], format: Format) -> Vec<(u64, Result<Value, String>)> {
        let mut rows = Rows::new(text, format).unwrap();
        let mut all = Vec::new();
        while let Some((number, row)) = rows.read().unwrap() {
            all.push((number, row.map(Value::Object)));
        }
        all
    }

    #[test]
    fn json_lines_come_with_their_numbers_and_a_broken_one_is_told_apart() {
        let text = b"\xef\xbb\xbf{\"a\":1}\r\n\n  \n[1]\n{\"a\":\n{\"a\":\"\xff\"}\n{\"a\":2}";
        let all = read(text, Format::JsonLines);
        assert_eq!(all[0], (1, Ok(json!({"a": 1}))));
        assert_eq!(all[1], (4, Err("The line is no JSON object.".to_owned())));
        assert_eq!((all[2].0, all[3].0), (5, 6));
        assert!(all[2].1.is_err() && all[3].1.is_err());
        assert_eq!(all[4], (7, Ok(json!({"a": 2}))));
        assert_eq!(all.len(), 5);
    }

    #[test]
    fn a_line_that_never_ends_is_refused_without_being_kept() {
        let text = [b"{\"a\":\"".as_slice(), &b"x".repeat(3_000_000), b"\"}\n{\"a\":2}\n"].concat();
        let all = read(&text, Format::JsonLines);
        assert_eq!(all[0], (1, Err("The line is longer than 1 MiB.".to_owned())));
        assert_eq!(all[1], (2, Ok(json!({"a": 2}))));
    }

    #[test]
    fn csv_has_quotes_line_ends_within_quotes_and_marks_at_its_start() {
        let text = b"\xef\xbb\xbfemail, name ,note\r\na@b.cc,\"Ada \"\"the\"\" Countess, Lovelace\",\r\n\
            b@b.cc,\"two\r\nlines\",x\r\nc@b.cc,too,many,values\r\nd@b.cc,\xff,x\r\n\r\ne@b.cc,,\r\n";
        let all = read(text, Format::Csv);
        assert_eq!(all[0], (2, Ok(json!({"email": "a@b.cc", "name": "Ada \"the\" Countess, Lovelace"}))));
        assert_eq!(all[1], (3, Ok(json!({"email": "b@b.cc", "name": "two\r\nlines", "note": "x"}))));
        assert_eq!(all[2], (5, Err("The line has 4 values for 3 columns.".to_owned())));
        assert_eq!(all[3], (6, Err("`name` is no UTF-8.".to_owned())));
        assert_eq!(all[4], (8, Ok(json!({"email": "e@b.cc"}))));
        assert_eq!(all.len(), 5);
        let numbers = |text: &[u8]| read(text, Format::Csv).iter().map(|(number, _)| *number).collect::<Vec<_>>();
        assert_eq!(numbers(b"email,name\na@b.cc,A\n\n\nb@b.cc,\"two\nlines\"\nc@b.cc,C"), [2, 5, 7]);
        assert_eq!(numbers(b"email,name\na@b.cc,A\nb@b.cc,B\n"), [2, 3]);
    }

    #[test]
    fn what_is_wrong_with_a_whole_file_is_said_at_once() {
        let told = |text: &str, format| Rows::new(text.as_bytes(), format).err().unwrap_or_default();
        assert!(told(" [{\"email\":\"a@b.cc\"}]", Format::JsonLines).contains("jq -c '.[]'"));
        assert!(told("email,email\n", Format::Csv).contains("`email` is none"));
        assert!(told("email,,name\n", Format::Csv).contains("name of its own"));
        assert!(Rows::new("".as_bytes(), Format::JsonLines).is_ok());
    }
}
