//! The wire format of Protocol Buffers, as far as it takes to read a trace.

/// A message whose fields have numbers for names.
pub struct Message(Vec<(u64, Field)>);

#[derive(Debug)]
pub enum Field {
    Number(u64),
    Bytes(Vec<u8>),
}

impl Message {
    pub fn read(mut bytes: &[u8]) -> Self {
        let mut fields = Vec::new();
        while !bytes.is_empty() {
            let key = varint(&mut bytes);
            let field = match key & 7 {
                0 => Field::Number(varint(&mut bytes)),
                1 => Field::Number(u64::from_le_bytes(take(&mut bytes, 8).try_into().expect("eight bytes"))),
                2 => {
                    let length = varint(&mut bytes).try_into().expect("a length");
                    Field::Bytes(take(&mut bytes, length).to_vec())
                }
                5 => Field::Number(u32::from_le_bytes(take(&mut bytes, 4).try_into().expect("four bytes")).into()),
                kind => panic!("fields of kind {kind} are not read here"),
            };
            fields.push((key >> 3, field));
        }
        Self(fields)
    }

    pub fn fields(&self) -> &[(u64, Field)] {
        &self.0
    }

    /// 0 where it is not there.
    pub fn number(&self, field: u64) -> u64 {
        let mut numbers = self.0.iter().filter(|(number, _)| *number == field);
        numbers.find_map(|(_, field)| if let Field::Number(number) = field { Some(*number) } else { None }).unwrap_or(0)
    }

    /// None where it is not there.
    pub fn bytes(&self, field: u64) -> Vec<u8> {
        self.all(field).next().map(<[u8]>::to_vec).unwrap_or_default()
    }

    pub fn text(&self, field: u64) -> String {
        String::from_utf8(self.bytes(field)).expect("UTF-8")
    }

    pub fn message(&self, field: u64) -> Option<Self> {
        self.all(field).next().map(Self::read)
    }

    pub fn messages(&self, field: u64) -> Vec<Self> {
        self.all(field).map(Self::read).collect()
    }

    fn all(&self, field: u64) -> impl Iterator<Item = &[u8]> {
        let fields = self.0.iter().filter(move |(number, _)| *number == field);
        fields.filter_map(|(_, field)| if let Field::Bytes(bytes) = field { Some(bytes.as_slice()) } else { None })
    }
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = take(bytes, 1)[0];
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            return number;
        }
    }
}

fn take<'b>(bytes: &mut &'b [u8], count: usize) -> &'b [u8] {
    let (taken, rest) = bytes.split_at(count);
    *bytes = rest;
    taken
}
