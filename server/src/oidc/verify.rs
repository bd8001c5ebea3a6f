//! ID tokens: who has signed them, for whom, and when (OpenID Connect Core 1.0, 3.1.3.7).

use super::{claims::Claims, error::causes};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, IdTokenVerifier, IssuerUrl, Nonce, SignatureVerificationError,
    core::{CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm},
};
use std::time::{SystemTime, UNIX_EPOCH};

/// What tokens may be signed with: a key that only the provider has. So neither `none`, nor HMAC, whose key would be the
/// client secret, or for an attacker the provider's public key.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];
/// How far the provider's clock may be ahead of this machine's, in seconds.
const CLOCK_AHEAD: i64 = 300;

/// Why a token is not accepted.
#[derive(Debug)]
pub(super) enum Rejected {
    /// It is signed with a key that is not known (yet).
    UnknownKey,
    /// For another reason.
    Because(String),
}

impl Rejected {
    pub(super) fn reason(self) -> String {
        match self {
            Self::UnknownKey => "it is signed with a key that the provider does not publish".into(),
            Self::Because(reason) => reason,
        }
    }
}

/// The one to whom tokens have to be issued, and by whom.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a IssuerUrl,
    pub(super) client: &'a ClientId,
    pub(super) keys: &'a CoreJsonWebKeySet,
    pub(super) nonce: &'a Nonce,
}

/// The subject and all claims of a token, if it may be believed.
pub(super) fn verify(expected: &Expected<'_>, token: &CoreIdToken, access_token: &AccessToken) -> Result<(String, Claims), Rejected> {
    // As for a client without a secret, so that no token is accepted that is signed with the secret.
    let verifier = IdTokenVerifier::new_public_client(expected.client.clone(), expected.issuer.clone(), expected.keys.clone());
    let verifier = verifier.set_allowed_algs(ALGORITHMS);
    let claims = token.claims(&verifier, expected.nonce).map_err(|error| match error {
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => Rejected::UnknownKey,
        error => because(&error),
    })?;
    check_authorized_party(expected.client, claims)?;
    check_issue_time(claims)?;
    check_access_token(&verifier, token, claims, access_token)?;
    Ok((claims.subject().as_str().to_owned(), all_claims(&token.to_string())?))
}

fn check_authorized_party(client: &ClientId, claims: &CoreIdTokenClaims) -> Result<(), Rejected> {
    match claims.authorized_party() {
        Some(party) if party != client => Err(Rejected::Because("its authorized party (azp) is another client".into())),
        _ => Ok(()),
    }
}

fn check_issue_time(claims: &CoreIdTokenClaims) -> Result<(), Rejected> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() as i64;
    if claims.issue_time().timestamp() > now + CLOCK_AHEAD {
        return Err(Rejected::Because("it is issued in the future (iat): set the clocks of this machine and of the provider".into()));
    }
    Ok(())
}

/// A token that says which access token it came with has to be right about it.
fn check_access_token(
    verifier: &CoreIdTokenVerifier<'_>,
    token: &CoreIdToken,
    claims: &CoreIdTokenClaims,
    access_token: &AccessToken,
) -> Result<(), Rejected> {
    let Some(expected) = claims.access_token_hash() else { return Ok(()) };
    let algorithm = token.signing_alg().map_err(|error| because(&error))?;
    let key = token.signing_key(verifier).map_err(|error| because(&error))?;
    let actual = AccessTokenHash::from_token(access_token, algorithm, key).map_err(|error| because(&error))?;
    if actual == *expected { Ok(()) } else { Err(Rejected::Because("it does not belong to the access token (at_hash)".into())) }
}

/// All claims of a token that was verified.
fn all_claims(token: &str) -> Result<Claims, Rejected> {
    let payload = token.split('.').nth(1).and_then(|payload| BASE64_URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok());
    payload.and_then(|payload| serde_json::from_slice(&payload).ok()).ok_or_else(|| Rejected::Because("its claims cannot be read".into()))
}

fn because(error: &dyn std::error::Error) -> Rejected {
    Rejected::Because(causes(error))
}
