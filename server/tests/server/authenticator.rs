//! An authenticator in software, which makes and uses passkeys as browsers and security keys do (WebAuthn, ES256), and which can
//! be told to do it wrongly.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

pub struct Authenticator {
    /// The origin of the page that it is used by.
    pub origin: String,
    /// The RP ID that it signs for, if it is not the one that it is asked for.
    pub site: Option<String>,
    /// Whether it has made sure who uses it.
    pub verifies: bool,
    /// How many signatures it has made.
    pub counter: u32,
    /// The id that it gives out, if not its own.
    pub pretends: Option<Vec<u8>>,
    id: Vec<u8>,
    user: Vec<u8>,
    pair: EcdsaKeyPair,
}

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

impl Authenticator {
    /// A new one, with a key of its own.
    pub fn new(origin: &str) -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_ref(), &random).unwrap();
        let id = Sha256::digest(pair.public_key()).to_vec();
        Self { origin: origin.to_owned(), site: None, verifies: true, counter: 1, pretends: None, id, user: Vec::new(), pair }
    }

    /// Makes a passkey.
    pub fn create(&mut self, options: &Value) -> Value {
        self.user = BASE64_URL_SAFE_NO_PAD.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let client = self.client_data("webauthn.create", options);
        let point = self.pair.public_key().as_ref();
        // A COSE key (RFC 9052) in CBOR: EC2, ES256, P-256, x, y.
        let key = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..], &point[1..33], &[0x22, 0x58, 32], &point[33..]].concat();
        let site = options["rp"]["id"].as_str().unwrap();
        let attested = [&[0; 16][..], &(self.id.len() as u16).to_be_bytes(), &self.id, &key].concat();
        let data = [self.data(site, ATTESTED), attested].concat();
        let attestation = [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"[..], &[data.len() as u8], &data].concat();
        json!({
            "id": encode(&self.id), "rawId": encode(&self.id), "type": "public-key", "clientExtensionResults": { "credProps": { "rk": true } },
            "authenticatorAttachment": "platform",
            "response": { "clientDataJSON": encode(&client), "attestationObject": encode(&attestation), "transports": ["internal"] },
        })
    }

    /// Uses the passkey that it has made.
    pub fn get(&mut self, options: &Value) -> Value {
        self.counter += 1;
        let client = self.client_data("webauthn.get", options);
        let data = self.data(options["rpId"].as_str().unwrap(), 0);
        let signed = [&data[..], &Sha256::digest(&client)].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
        let id = self.pretends.as_ref().unwrap_or(&self.id);
        json!({
            "id": encode(id), "rawId": encode(id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encode(&client), "authenticatorData": encode(&data), "signature": encode(signature.as_ref()),
                "userHandle": encode(&self.user),
            },
        })
    }

    /// What its passkey is known by.
    pub fn id(&self) -> &[u8] {
        &self.id
    }

    /// Uses its passkey in the name of somebody else.
    pub fn of(&mut self, other: &Self) {
        self.user.clone_from(&other.user);
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false });
        data.to_string().into_bytes()
    }

    fn data(&self, site: &str, flags: u8) -> Vec<u8> {
        let site = self.site.as_deref().unwrap_or(site);
        let flags = flags | PRESENT | if self.verifies { VERIFIED } else { 0 };
        [&Sha256::digest(site)[..], &[flags], &self.counter.to_be_bytes()].concat()
    }
}
