//! Texts that nobody but this deployment can read, as Better Auth writes them: a JWE in compact form (RFC 7516 §7.1),
//! `dir` with `A256CBC-HS512` (RFC 7518 §5.2.5), under a key that is derived from the secret for one purpose.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use openssl::symm::{Cipher, decrypt, encrypt};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{base64url, from_base64url, thumbprint};
use crate::base::{Random, json};
use crate::crypto::Secrets;

const ALGORITHM: &str = "dir";
const ENCRYPTION: &str = "A256CBC-HS512";
/// What Better Auth derives its keys for, beside the salt that names the purpose.
const INFO: &[u8] = b"BetterAuth.js Generated Encryption Key";
const TAG_LENGTH: usize = 32;

/// Encrypts with the current secret and decrypts what any listed one has encrypted.
pub struct Jwe {
    /// One key a secret, the current one first.
    keys: Vec<ContentKey>,
}

/// Half of it authenticates, half of it encrypts.
#[derive(Zeroize, ZeroizeOnDrop)]
struct ContentKey {
    mac: [u8; 32],
    cipher: [u8; 32],
    /// Its thumbprint (RFC 7638).
    kid: String,
}

impl Jwe {
    /// The keys of a purpose, which its salt names.
    pub fn new(secrets: &Secrets, salt: &str) -> Self {
        Self { keys: secrets.all().map(|secret| ContentKey::derive(secret.expose_secret(), salt)).collect() }
    }

    pub fn seal(&self, random: &Random, plaintext: &[u8]) -> String {
        let key = &self.keys[0];
        let header = json!({ "alg": ALGORITHM, "enc": ENCRYPTION, "kid": key.kid }).to_string();
        let (header, iv) = (base64url(header), random.bytes::<16>());
        let sealed = encrypt(Cipher::aes_256_cbc(), &key.cipher, Some(&iv), plaintext)
            .expect("AES-256 takes a key of 32 bytes and a block of 16");
        let tag = key.tag(header.as_bytes(), &iv, &sealed);
        format!("{header}..{}.{}.{}", base64url(iv), base64url(sealed), base64url(tag))
    }

    /// The text of a token that one of the secrets has encrypted; `None` for anything else.
    pub fn open(&self, token: &str) -> Option<Zeroizing<Vec<u8>>> {
        let [header, "", iv, sealed, tag] = token.split('.').collect::<Vec<_>>()[..] else { return None };
        let named = json::object(&from_base64url(header)?)?;
        let (iv, sealed, tag) = (from_base64url(iv)?, from_base64url(sealed)?, from_base64url(tag)?);
        if iv.len() != 16 || tag.len() != TAG_LENGTH || !is_ours(&named) {
            return None;
        }
        let kid = named.get("kid").and_then(Value::as_str);
        let mut fitting = self.keys.iter().filter(|key| kid.is_none_or(|kid| kid == key.kid));
        let key = fitting.find(|key| bool::from(key.tag(header.as_bytes(), &iv, &sealed).ct_eq(&tag[..])))?;
        decrypt(Cipher::aes_256_cbc(), &key.cipher, Some(&iv), &sealed).ok().map(Zeroizing::new)
    }
}

/// Whether a header asks for what is done here and for nothing else: no compression, no key of its own.
fn is_ours(header: &Map<String, Value>) -> bool {
    let is = |name: &str, value: &str| header.get(name).and_then(Value::as_str) == Some(value);
    is("alg", ALGORITHM) && is("enc", ENCRYPTION) && header.keys().all(|name| ["alg", "enc", "kid"].contains(&&**name))
}

impl ContentKey {
    fn derive(secret: &str, salt: &str) -> Self {
        let mut key = derived(secret.as_bytes(), salt.as_bytes());
        let named = json!({ "kty": "oct", "k": base64url(*key) });
        let kid = named.as_object().and_then(thumbprint).expect("an oct key has its members");
        let (mac, cipher) = (std::array::from_fn(|place| key[place]), std::array::from_fn(|place| key[32 + place]));
        key.zeroize();
        Self { mac, cipher, kid }
    }

    /// HMAC-SHA-512 over header, IV, ciphertext and the header's length in bits; its first half.
    fn tag(&self, header: &[u8], iv: &[u8], sealed: &[u8]) -> [u8; TAG_LENGTH] {
        let mac: Hmac<Sha512> = Hmac::new_from_slice(&self.mac).expect("HMAC takes a key of any length");
        let bits = (header.len() as u64 * 8).to_be_bytes();
        let whole = [header, iv, sealed, &bits].into_iter().fold(mac, |mac, part| mac.chain_update(part));
        let whole = whole.finalize().into_bytes();
        std::array::from_fn(|place| whole[place])
    }
}

/// HKDF-SHA-256 (RFC 5869), 64 bytes: two blocks.
fn derived(secret: &[u8], salt: &[u8]) -> Zeroizing<[u8; 64]> {
    let mac = |key: &[u8], parts: &[&[u8]]| -> Zeroizing<[u8; 32]> {
        let mac: Hmac<Sha256> = Hmac::new_from_slice(key).expect("HMAC takes a key of any length");
        let mac = parts.iter().fold(mac, |mac, part| mac.chain_update(part));
        Zeroizing::new(mac.finalize().into_bytes().into())
    };
    let extracted = mac(salt, &[secret]);
    let first = mac(&*extracted, &[INFO, &[1]]);
    let second = mac(&*extracted, &[&*first, INFO, &[2]]);
    let mut key = Zeroizing::new([0; 64]);
    key[..32].copy_from_slice(&*first);
    key[32..].copy_from_slice(&*second);
    key
}

impl fmt::Debug for Jwe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Jwe").field("keys", &self.keys.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::hex;
    use proptest::prelude::*;

    const VECTORS: &str = include_str!("../../../tests/vectors/cookie-cache.json");
    const SALT: &str = "better-auth-session";

    fn secrets(secret: &str) -> Secrets {
        Secrets::new(vec![], Some(secret.into())).unwrap()
    }

    fn jwe() -> Jwe {
        let vectors: Value = serde_json::from_str(VECTORS).unwrap();
        Jwe::new(&secrets(vectors["secret"].as_str().unwrap()), SALT)
    }

    fn vector() -> Value {
        serde_json::from_str::<Value>(VECTORS).unwrap()["strategies"]["jwe"].take()
    }

    #[test]
    fn the_key_and_its_name_are_derived_as_better_auth_derives_them() {
        let (jwe, vector) = (jwe(), vector());
        let key = [jwe.keys[0].mac, jwe.keys[0].cipher].concat();
        assert_eq!(hex::encode(&key), vector["cek_hex"]);
        assert_eq!(jwe.keys[0].kid, vector["kid_recomputed"]);
    }

    #[test]
    fn better_auths_cookie_opens_and_ours_has_its_header() {
        let (jwe, vector) = (jwe(), vector());
        let opened = jwe.open(vector["cookie_value"].as_str().unwrap()).expect("it opens");
        assert_eq!(str::from_utf8(&opened).unwrap(), vector["payload_text_order"]);
        let ours = jwe.seal(&Random::seeded(1), b"text");
        let header = from_base64url(ours.split('.').next().unwrap()).unwrap();
        assert_eq!(String::from_utf8(header).unwrap(), vector["protected_header_text"]);
        assert_eq!(jwe.open(&ours).as_deref().map(Vec::as_slice), Some(&b"text"[..]));
    }

    #[test]
    fn any_listed_secret_opens_and_a_key_of_another_purpose_does_not() {
        let (old, random) = (Jwe::new(&secrets("old"), SALT), Random::seeded(2));
        let sealed = old.seal(&random, b"text");
        let rotated = Secrets::new(vec![(2, "new".into()), (1, "old".into())], None).unwrap();
        assert!(Jwe::new(&rotated, SALT).open(&sealed).is_some());
        assert!(old.open(&Jwe::new(&rotated, SALT).seal(&random, b"text")).is_none(), "the current one encrypts");
        assert!(Jwe::new(&secrets("old"), "better-auth-account").open(&sealed).is_none());
    }

    #[test]
    fn t62_a_header_that_asks_for_anything_else_is_refused() {
        let jwe = jwe();
        let sealed = jwe.seal(&Random::seeded(3), b"text");
        let rest = sealed.split_once('.').unwrap().1;
        let kid = &jwe.keys[0].kid;
        for header in [
            json!({ "alg": "dir", "enc": "A256GCM", "kid": kid }),
            json!({ "alg": "none", "enc": ENCRYPTION, "kid": kid }),
            json!({ "alg": "dir", "enc": ENCRYPTION, "kid": kid, "zip": "DEF" }),
            json!({ "alg": "dir", "enc": ENCRYPTION, "kid": "another" }),
            json!({ "alg": "dir", "enc": ENCRYPTION }),
        ] {
            assert!(jwe.open(&format!("{}.{rest}", base64url(header.to_string()))).is_none(), "{header}");
        }
        for text in ["", "....", "a.b.c.d.e", &format!("{sealed}."), &sealed.replacen("..", ".AA.", 1)] {
            assert!(jwe.open(text).is_none(), "{text}");
        }
    }

    #[test]
    fn t67_no_key_shows_in_debug() {
        assert_eq!(format!("{:?}", jwe()), "Jwe { keys: 1 }");
    }

    proptest! {
        #[test]
        fn t24_no_single_changed_letter_passes(place in 0usize..400, letter in "[A-Za-z0-9_.-]") {
            let jwe = jwe();
            let sealed = jwe.seal(&Random::seeded(4), &[b'x'; 100]);
            let place = place % sealed.len();
            let mut changed = sealed.clone();
            changed.replace_range(place..=place, &letter);
            prop_assume!(changed != sealed);
            prop_assert!(jwe.open(&changed).is_none());
        }

        #[test]
        fn what_is_sealed_is_opened(text in "\\PC*") {
            let jwe = jwe();
            let opened = jwe.open(&jwe.seal(&Random::system(), text.as_bytes()));
            prop_assert_eq!(opened.as_deref().map(Vec::as_slice), Some(text.as_bytes()));
        }
    }
}
