//! What a process was made from, for starting its template again with the same values.

use execdeck_wire::{ApiError, ErrorCode, ParameterType, Template, TemplateValues};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// The value of every parameter of a start, those that came from defaults included. It is stored encrypted.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Given {
    /// What may be shown again; `null` where there was no value.
    pub values: TemplateValues,
    /// The secrets.
    pub(super) secrets: BTreeMap<String, String>,
}

impl Given {
    /// The parameters that had a secret.
    pub fn secret_names(&self) -> Vec<String> {
        self.secrets.keys().cloned().collect()
    }

    /// The values to start the template with again. A secret stays one: it is not passed to a parameter that is none any more.
    pub fn for_template(&self, template: &Template) -> Result<TemplateValues, ApiError> {
        let known = |name: &str| template.parameters.iter().any(|parameter| parameter.name == name);
        let mut values = self.values.clone();
        // A parameter that had no value may have been removed since.
        values.retain(|name, value| !value.is_null() || known(name));
        for (name, secret) in &self.secrets {
            if template.parameters.iter().any(|parameter| parameter.name == *name && parameter.kind != ParameterType::Secret) {
                let message = format!("{name} was a secret and is no longer one, so its value is not used again.");
                return Err(ApiError { field: Some(name.clone()), ..ApiError::new(ErrorCode::BadRequest, message) });
            }
            values.insert(name.clone(), secret.clone().into());
        }
        Ok(values)
    }
}

/// Shows no value: some may be secret.
impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.values.keys().chain(self.secrets.keys());
        f.debug_tuple("Given").field(&names.collect::<Vec<_>>()).finish()
    }
}
