//! A key that need not be set: an empty string stands for nothing, so that a variable can unset it and `execdeck config` shows it.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::IntoDeserializer};

pub(super) fn serialize<'a, O, T: Serialize + 'a, S: Serializer>(value: &'a O, serializer: S) -> Result<S::Ok, S::Error>
where
    &'a O: IntoIterator<Item = &'a T>,
{
    match value.into_iter().next() {
        Some(value) => value.serialize(serializer),
        None => serializer.serialize_str(""),
    }
}

pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    match String::deserialize(deserializer)? {
        text if text.is_empty() => Ok(None),
        text => T::deserialize(text.into_deserializer()).map(Some),
    }
}
