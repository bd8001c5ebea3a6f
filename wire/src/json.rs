//! A small reader of JSON, for the browser: `serde_json`'s brings along what formats its errors, numbers with fractions
//! included, and reads an object from an array too. Both are a good part of all that a page loads.

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, EnumAccess, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected, VariantAccess,
    Visitor,
};
use std::{borrow::Cow, fmt};

/// How deep values may be nested, as in `serde_json`.
const MOST_NESTED: u8 = 127;

/// Reads a value from JSON. Objects are read as maps only, never from arrays.
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, JsonError> {
    let mut reader = Reader { text, at: 0, nested: 0 };
    let value = T::deserialize(&mut reader)?;
    if reader.peek().is_some() {
        return Err(JsonError::new("there is more after the JSON value"));
    }
    Ok(value)
}

/// Why JSON could not be read.
#[derive(Debug)]
pub struct JsonError(String);

impl JsonError {
    fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for JsonError {}

// The default methods would format what was read instead, of whatever type it is.
impl de::Error for JsonError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::new("the JSON has a value of another type than expected")
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::new("the JSON has a value out of range")
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self::new("the JSON has an array of another length than expected")
    }

    fn unknown_variant(variant: &str, _: &'static [&'static str]) -> Self {
        Self("the JSON has an unknown word: ".to_owned() + variant)
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self("the JSON has an unknown field: ".to_owned() + field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self("the JSON lacks a field: ".to_owned() + field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self("the JSON has a field twice: ".to_owned() + field)
    }
}

/// A value, or the start of one that has parts.
enum Token<'de> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(Cow<'de, str>),
    Array,
    Object,
}

struct Reader<'de> {
    text: &'de str,
    at: usize,
    nested: u8,
}

// Nothing here depends on the type that is read, so that the code exists once.
impl<'de> Reader<'de> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    /// Takes this byte if it is next.
    fn take(&mut self, wanted: u8) -> bool {
        let is_next = self.peek() == Some(wanted);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, wanted: u8) -> Result<(), JsonError> {
        if self.take(wanted) { Ok(()) } else { Err(malformed()) }
    }

    fn token(&mut self) -> Result<Token<'de>, JsonError> {
        match self.peek().ok_or_else(malformed)? {
            b'"' => self.string().map(Token::Text),
            b'-' | b'0'..=b'9' => self.number(),
            b'[' => self.word("[", Token::Array),
            b'{' => self.word("{", Token::Object),
            b'n' => self.word("null", Token::Null),
            b't' => self.word("true", Token::Bool(true)),
            _ => self.word("false", Token::Bool(false)),
        }
    }

    fn word(&mut self, word: &str, token: Token<'de>) -> Result<Token<'de>, JsonError> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(malformed());
        }
        self.at += word.len();
        Ok(token)
    }

    fn string(&mut self) -> Result<Cow<'de, str>, JsonError> {
        let mut unescaped: Option<String> = None;
        self.at += 1;
        loop {
            let start = self.at;
            while self.byte().is_some_and(|byte| byte != b'"' && byte != b'\\' && byte >= b' ') {
                self.at += 1;
            }
            let part = self.text.get(start..self.at).ok_or_else(malformed)?;
            let end = self.byte();
            self.at += 1;
            match (end, &mut unescaped) {
                (Some(b'"'), None) => return Ok(Cow::Borrowed(part)),
                (Some(b'"'), Some(text)) => return Ok(Cow::Owned(std::mem::take(text) + part)),
                (Some(b'\\'), _) => {
                    let text = unescaped.get_or_insert_default();
                    text.push_str(part);
                    text.push(self.escaped()?);
                }
                _ => return Err(malformed()),
            }
        }
    }

    /// The character after a backslash.
    fn escaped(&mut self) -> Result<char, JsonError> {
        let kind = self.byte().ok_or_else(malformed)?;
        self.at += 1;
        Ok(match kind {
            b'"' | b'\\' | b'/' => char::from(kind),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut code = self.hex()?;
                // Two surrogates are one character.
                if (0xd800..0xdc00).contains(&code) && self.text.as_bytes()[self.at..].starts_with(b"\\u") {
                    self.at += 2;
                    let low = self.hex()?.checked_sub(0xdc00).filter(|low| *low < 0x400).ok_or_else(malformed)?;
                    code = 0x1_0000 + ((code - 0xd800) << 10) + low;
                }
                char::from_u32(code).ok_or_else(malformed)?
            }
            _ => return Err(malformed()),
        })
    }

    /// Four hexadecimal digits.
    fn hex(&mut self) -> Result<u32, JsonError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.byte().and_then(|byte| char::from(byte).to_digit(16)).ok_or_else(malformed)?;
            code = code << 4 | digit;
            self.at += 1;
        }
        Ok(code)
    }

    /// A number. One with a fraction or an exponent is read to the precision that adding up digits has: the wire's types have
    /// none.
    fn number(&mut self) -> Result<Token<'de>, JsonError> {
        let negative = self.take(b'-');
        let (mut whole, mut float, mut exponent) = (Some(0_u64), 0.0, 0_i32);
        let first = self.at;
        while let Some(digit @ b'0'..=b'9') = self.byte() {
            let digit = digit - b'0';
            whole = whole.and_then(|whole| whole.checked_mul(10)?.checked_add(digit.into()));
            float = float * 10.0 + f64::from(digit);
            self.at += 1;
        }
        if self.at == first || (self.at > first + 1 && self.text.as_bytes()[first] == b'0') {
            return Err(malformed());
        }
        if self.byte() == Some(b'.') {
            whole = None;
            self.at += 1;
            let first = self.at;
            while let Some(digit @ b'0'..=b'9') = self.byte() {
                float = float * 10.0 + f64::from(digit - b'0');
                exponent -= 1;
                self.at += 1;
            }
            if self.at == first {
                return Err(malformed());
            }
        }
        if let Some(b'e' | b'E') = self.byte() {
            whole = None;
            self.at += 1;
            let below = self.byte() == Some(b'-');
            self.at += usize::from(below || self.byte() == Some(b'+'));
            let first = self.at;
            let mut power = 0_i32;
            while let Some(digit @ b'0'..=b'9') = self.byte() {
                power = power.saturating_mul(10).saturating_add((digit - b'0').into());
                self.at += 1;
            }
            if self.at == first {
                return Err(malformed());
            }
            exponent = exponent.saturating_add(if below { -power } else { power });
        }
        let float = float * 10_f64.powi(exponent);
        Ok(match whole {
            Some(whole) if !negative => Token::Unsigned(whole),
            Some(whole) if whole <= 1 << 63 => Token::Signed((whole as i64).wrapping_neg()),
            _ if float.is_finite() => Token::Float(if negative { -float } else { float }),
            _ => return Err(malformed()),
        })
    }

    fn enter(&mut self) -> Result<(), JsonError> {
        self.nested += 1;
        if self.nested > MOST_NESTED { Err(JsonError::new("the JSON is nested too deep")) } else { Ok(()) }
    }

    fn seq<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, JsonError> {
        let mut parts = Parts::new(self, b']')?;
        let value = visitor.visit_seq(&mut parts)?;
        parts.finish()?;
        Ok(value)
    }

    fn map<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, JsonError> {
        let mut parts = Parts::new(self, b'}')?;
        let value = visitor.visit_map(&mut parts)?;
        parts.finish()?;
        Ok(value)
    }
}

#[cold]
fn malformed() -> JsonError {
    JsonError::new("this is not JSON")
}

#[cold]
fn mismatch() -> JsonError {
    de::Error::invalid_type(Unexpected::Unit, &"")
}

/// The parts of an array or an object.
struct Parts<'a, 'de> {
    reader: &'a mut Reader<'de>,
    /// What ends them.
    end: u8,
    first: bool,
    ended: bool,
}

impl<'a, 'de> Parts<'a, 'de> {
    fn new(reader: &'a mut Reader<'de>, end: u8) -> Result<Self, JsonError> {
        reader.enter()?;
        Ok(Self { reader, end, first: true, ended: false })
    }

    /// Whether another part comes; otherwise the end is taken.
    fn more(&mut self) -> Result<bool, JsonError> {
        if self.reader.take(self.end) {
            self.reader.nested -= 1;
            self.ended = true;
            return Ok(false);
        }
        if !std::mem::take(&mut self.first) {
            self.reader.expect(b',')?;
            if self.reader.peek() == Some(self.end) {
                return Err(malformed());
            }
        }
        Ok(true)
    }

    /// Takes the end, unless it was taken: a tuple does not ask for more than it has.
    fn finish(&mut self) -> Result<(), JsonError> {
        if !self.ended && self.more()? { Err(de::Error::invalid_length(0, &"")) } else { Ok(()) }
    }
}

impl<'de> SeqAccess<'de> for Parts<'_, 'de> {
    type Error = JsonError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, JsonError> {
        if self.more()? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Parts<'_, 'de> {
    type Error = JsonError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, JsonError> {
        if !self.more()? {
            return Ok(None);
        }
        if self.reader.peek() != Some(b'"') {
            return Err(malformed());
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, JsonError> {
        self.reader.expect(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

/// A variant with one value: `{"Ok": …}`.
struct Variant<'a, 'de>(&'a mut Reader<'de>);

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = JsonError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), JsonError> {
        let variant = seed.deserialize(&mut *self.0)?;
        self.0.expect(b':')?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = JsonError;

    fn unit_variant(self) -> Result<(), JsonError> {
        de::Deserialize::deserialize(self.0)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, JsonError> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, JsonError> {
        de::Deserializer::deserialize_seq(self.0, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, JsonError> {
        de::Deserializer::deserialize_map(self.0, visitor)
    }
}

/// Implements methods that expect one kind of value, each with no more code than that kind needs.
macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
            match self.token()? {
                Token::Unsigned(number) => visitor.visit_u64(number),
                Token::Signed(number) => visitor.visit_i64(number),
                Token::Float(number) => visitor.visit_f64(number),
                _ => Err(mismatch()),
            }
        })*
    };
}

macro_rules! texts {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
            match self.token()? {
                Token::Text(text) => visit_text(text, visitor),
                _ => Err(mismatch()),
            }
        })*
    };
}

fn visit_text<'de, V: Visitor<'de>>(text: Cow<'de, str>, visitor: V) -> Result<V::Value, JsonError> {
    visitor.visit_str(&text)
}

impl<'de> de::Deserializer<'de> for &mut Reader<'de> {
    type Error = JsonError;

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_f32 deserialize_f64
    }
    texts! { deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_identifier }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.token()? {
            Token::Null => visitor.visit_unit(),
            Token::Bool(value) => visitor.visit_bool(value),
            Token::Unsigned(number) => visitor.visit_u64(number),
            Token::Signed(number) => visitor.visit_i64(number),
            Token::Float(number) => visitor.visit_f64(number),
            Token::Text(text) => visit_text(text, visitor),
            Token::Array => self.seq(visitor),
            Token::Object => self.map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.token()? {
            Token::Bool(value) => visitor.visit_bool(value),
            _ => Err(mismatch()),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        if self.peek() == Some(b'n') {
            self.token()?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.token()? {
            Token::Null => visitor.visit_unit(),
            _ => Err(mismatch()),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, JsonError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, JsonError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.token()? {
            Token::Array => self.seq(visitor),
            _ => Err(mismatch()),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, JsonError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, _: usize, visitor: V) -> Result<V::Value, JsonError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.token()? {
            Token::Object => self.map(visitor),
            _ => Err(mismatch()),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, JsonError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, JsonError> {
        match self.token()? {
            Token::Text(text) => visitor.visit_enum(IntoDeserializer::<JsonError>::into_deserializer(&*text)),
            Token::Object => {
                self.enter()?;
                let value = visitor.visit_enum(Variant(self))?;
                self.expect(b'}')?;
                self.nested -= 1;
                Ok(value)
            }
            _ => Err(mismatch()),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        self.deserialize_any(visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn it_reads_what_serde_json_reads() {
        for text in [
            "null",
            " true ",
            "[]",
            "[ ]",
            "{}",
            "[1,-1,0,18446744073709551615,-9223372036854775808]",
            "[0.5,-2.5e3,1E2,25e-1]",
            r#"{"a":{"b":[{},[],"c"]},"d":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é😀"}"#,
            "\"\"",
            "\"\u{7f}\"",
        ] {
            assert_eq!(from_json::<Value>(text).unwrap(), serde_json::from_str::<Value>(text).unwrap(), "{text}");
        }
    }

    #[test]
    fn it_refuses_what_serde_json_refuses() {
        for text in [
            "",
            "nul",
            "[",
            "[1",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{1:2}",
            "01",
            "-",
            "1.",
            "1e",
            ".5",
            "+1",
            "1e999",
            "\"",
            "\"\\",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "\"\n\"",
            "null null",
            "]",
            "}",
        ] {
            assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
            assert!(from_json::<Value>(text).is_err(), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(from_json::<Value>(&deep).is_err());
    }

    #[test]
    fn results_options_and_tuples_are_read_as_they_are_written() {
        let results: [Result<Option<u8>, String>; 3] = [Ok(Some(1)), Ok(None), Err("e".into())];
        for result in results {
            let text = serde_json::to_string(&result).unwrap();
            assert_eq!(from_json::<Result<Option<u8>, String>>(&text).unwrap(), result);
        }
        assert_eq!(from_json::<Vec<(u8, String)>>(r#"[[1,"a"],[2,"b"]]"#).unwrap(), [(1, "a".into()), (2, "b".into())]);
        assert!(from_json::<(u8, u8)>("[1,2,3]").is_err());
        assert!(from_json::<u8>("256").is_err());
        assert!(from_json::<u8>("1.5").is_err());
    }
}
