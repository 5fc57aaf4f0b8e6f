//! The hostile tokens: each is the good one with one thing wrong with it, so that a verdict names one fault.

use serde_json::{Map, Value, json};

use super::source::Source;
use super::trap::Trap;
use crate::cli::{Failure, away};
use crate::crypto::jose::forge::Hand;

/// How badly a verifier needs to refuse a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Whoever accepts it lets somebody in who has no business there.
    Must,
    /// Signet makes no such token, and only who holds its key could; to refuse it is prudent.
    Should,
}

impl Class {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
        }
    }
}

/// One hostile token.
pub struct Case {
    pub name: String,
    /// What it means if it is accepted.
    pub meaning: &'static str,
    pub class: Class,
    /// None: the request has no token at all.
    pub token: Option<String>,
    /// The path of the trap that the token names.
    pub lure: Option<String>,
}

/// Secrets that are found in tutorials and guessed first.
const GUESSES: [&str; 8] = [
    "secret",
    "your-256-bit-secret",
    "changeme",
    "change-me",
    "password",
    "jwt-secret",
    "better-auth-secret-123456789",
    "supersecretkey",
];

const ELSEWHERE: &str = "https://signet-doctor.invalid";

/// Beyond the leeway that any verifier has reason to give.
const TEN_MINUTES: i64 = 600;
const HOUR: i64 = 3600;

/// All of them.
pub async fn cases(source: &Source, trap: &Trap) -> Result<Vec<Case>, Failure> {
    let mut battery = Battery { source, cases: Vec::new() };
    battery.without_a_token();
    battery.unsigned()?;
    battery.signed_with_what_is_known()?;
    battery.signed_by_a_stranger(trap)?;
    battery.altered().await?;
    battery.with_other_claims()?;
    battery.with_other_headers()?;
    battery.for_other_purposes().await?;
    Ok(battery.cases)
}

struct Battery<'s> {
    source: &'s Source,
    cases: Vec<Case>,
}

/// A header or a payload with some members changed; null takes one out.
fn changed(members: &Map<String, Value>, changes: &Value) -> String {
    let mut members = members.clone();
    for (name, value) in changes.as_object().into_iter().flatten() {
        if value.is_null() {
            members.shift_remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    Value::Object(members).to_string()
}

impl Battery<'_> {
    fn add(&mut self, name: impl Into<String>, class: Class, meaning: &'static str, token: impl Into<Option<String>>) {
        self.cases.push(Case { name: name.into(), meaning, class, token: token.into(), lure: None });
    }

    /// A token with a changed header and a changed payload, signed by somebody.
    fn forge(&self, hand: &Hand, header: &Value, payload: &Value) -> Result<String, Failure> {
        let header = changed(&self.source.header, header);
        hand.sign(&header, &changed(&self.source.payload, payload)).map_err(away)
    }

    /// As [`Battery::forge`], by the key that signs good tokens.
    fn own(&self, header: &Value, payload: &Value) -> Result<String, Failure> {
        self.forge(&self.source.own, header, payload)
    }

    fn without_a_token(&mut self) {
        let meaning = "the endpoint asks for no token: nothing else here says anything";
        self.add("no-token", Class::Must, meaning, None);
        self.add("not-a-token", Class::Must, meaning, "x".to_owned());
        self.add("empty-parts", Class::Must, meaning, "..".to_owned());
    }

    fn unsigned(&mut self) -> Result<(), Failure> {
        let meaning = "anybody makes tokens without a key";
        let signature = self.source.good.rsplit('.').next().unwrap_or_default().to_owned();
        for alg in ["none", "None", "nOnE", "NONE"] {
            let token = self.forge(&Hand::none(), &json!({ "alg": alg }), &json!({}))?;
            self.add(format!("alg-{alg}-signed"), Class::Must, meaning, format!("{token}{signature}"));
            self.add(format!("alg-{alg}"), Class::Must, meaning, token);
        }
        let token = self.forge(&Hand::none(), &json!({ "alg": "none", "kid": null }), &json!({}))?;
        self.add("alg-none-without-kid", Class::Must, meaning, token);
        let token = self.forge(&Hand::none(), &json!({ "alg": null }), &json!({}))?;
        self.add("no-alg", Class::Must, meaning, token);
        Ok(())
    }

    /// HMAC with what is no secret.
    fn signed_with_what_is_known(&mut self) -> Result<(), Failure> {
        let hs256 = json!({ "alg": "HS256" });
        let meaning = "the public key is taken for a shared secret: anybody makes tokens with it";
        for (spelling, bytes) in self.source.public_spellings()? {
            let token = self.forge(&Hand::secret(&bytes), &hs256, &json!({}))?;
            self.add(format!("hs256-public-key-{spelling}"), Class::Must, meaning, token);
        }
        let meaning = "an empty secret is a secret: anybody makes tokens with it";
        let empty = Hand::secret(b"");
        self.add("hs256-empty-secret", Class::Must, meaning, self.forge(&empty, &hs256, &json!({}))?);
        let kid = json!({ "alg": "HS256", "kid": "../../../../../../dev/null" });
        let meaning = "the kid is a path: the sender chooses which file is the key";
        self.add("hs256-kid-is-a-path", Class::Must, meaning, self.forge(&empty, &kid, &json!({}))?);
        let meaning = "the secret is one that everybody tries first";
        for guess in GUESSES {
            let token = self.forge(&Hand::secret(guess.as_bytes()), &hs256, &json!({}))?;
            self.add(format!("hs256-guess-{guess}"), Class::Must, meaning, token);
        }
        Ok(())
    }

    fn signed_by_a_stranger(&mut self, trap: &Trap) -> Result<(), Failure> {
        let source = self.source;
        let stranger = &source.stranger;
        let meaning = "the signature is not verified, or not with Signet's key";
        self.add("foreign-key", Class::Must, meaning, self.forge(stranger, &json!({}), &json!({}))?);
        let token = self.forge(stranger, &json!({ "kid": source.random_id() }), &json!({}))?;
        self.add("foreign-key-unknown-kid", Class::Must, meaning, token);
        let token = self.forge(stranger, &json!({ "kid": null }), &json!({}))?;
        self.add("foreign-key-without-kid", Class::Must, meaning, token);
        if source.is_shared() {
            return Ok(());
        }
        let (jwk, kid) = (source.foreign_jwk(), source.foreign_jwk()["kid"].clone());
        let meaning = "the token brings its own key: anybody makes tokens";
        let token = self.forge(stranger, &json!({ "jwk": jwk }), &json!({}))?;
        self.add("jwk-header", Class::Must, meaning, token);
        let token = self.forge(stranger, &json!({ "jwk": jwk, "kid": kid }), &json!({}))?;
        self.add("jwk-header-own-kid", Class::Must, meaning, token);
        let meaning =
            "keys are fetched from where the token says: anybody makes tokens, and makes the server send requests";
        for name in ["jku", "x5u"] {
            for (own, kid) in [("", source.header["kid"].clone()), ("-own-kid", kid.clone())] {
                let path = format!("/{name}{own}");
                let token = self.forge(stranger, &json!({ name: trap.url(&path), "kid": kid }), &json!({}))?;
                self.add(format!("{name}-header{own}"), Class::Must, meaning, token);
                if let Some(case) = self.cases.last_mut() {
                    case.lure = Some(path);
                }
            }
        }
        Ok(())
    }

    async fn altered(&mut self) -> Result<(), Failure> {
        let source = self.source;
        let (message, signature) = source.good.rsplit_once('.').unwrap_or_default();
        let meaning = "the signature is not verified";
        let other = self.forge(&Hand::none(), &json!({}), &json!({ "sub": source.random_id() }))?;
        self.add("payload-altered", Class::Must, meaning, format!("{other}{signature}"));
        let other = self.own(&json!({}), &json!({ "sub": source.random_id() }))?;
        let others = other.rsplit('.').next().unwrap_or_default();
        self.add("signature-of-another-token", Class::Must, meaning, format!("{message}.{others}"));
        self.add("signature-empty", Class::Must, meaning, format!("{message}."));
        self.add("signature-missing", Class::Must, meaning, message.to_owned());
        let half = signature.get(..signature.len() / 2).unwrap_or_default();
        self.add("signature-truncated", Class::Must, meaning, format!("{message}.{half}"));
        // CVE-2022-21449: in ECDSA a signature of zeros was good for every message.
        let length = signature.len() * 3 / 4;
        let zeros = Hand::Bytes(vec![0; length]);
        self.add("signature-of-zeros", Class::Must, meaning, self.forge(&zeros, &json!({}), &json!({}))?);
        let meaning = "the header is not part of what is verified";
        let header = self.forge(&Hand::none(), &json!({ "typ": "x" }), &json!({}))?;
        self.add("header-altered", Class::Must, meaning, format!("{header}{signature}"));
        Ok(())
    }

    fn with_other_claims(&mut self) -> Result<(), Failure> {
        use Class::{Must, Should};
        let now = self.source.now.seconds();
        // Without an audience in its tokens there is none for the verifier to go by.
        let aud = if self.source.has_audience() { Must } else { Should };
        let first = |value: &Value| value.as_array().and_then(|list| list.first()).unwrap_or(value).clone();
        let text =
            |name: &str| self.source.payload.get(name).map(first).and_then(|value| value.as_str().map(str::to_owned));
        let (audience, issuer) = (text("aud").unwrap_or_default(), text("iss").unwrap_or_default());
        const AUD: &str = "tokens for other services are accepted: any of them can act for its users here";
        const ISS: &str = "tokens of other issuers are accepted where they share a key";
        const EXP: &str = "tokens that have ended are accepted: what was stolen once is good for longer";
        const NO_END: &str = "tokens without a usable end are accepted: they are good for ever";
        const EARLY: &str = "tokens are accepted before their time";
        const NOBODY: &str = "tokens that name nobody are accepted";
        let cases = [
            ("aud-wrong", aud, AUD, json!({ "aud": ELSEWHERE })),
            ("aud-wrong-list", aud, AUD, json!({ "aud": [ELSEWHERE] })),
            ("aud-empty-list", aud, AUD, json!({ "aud": [] })),
            ("aud-longer", aud, AUD, json!({ "aud": format!("{audience}-and-more") })),
            ("iss-wrong", Must, ISS, json!({ "iss": ELSEWHERE })),
            ("iss-longer", Must, ISS, json!({ "iss": format!("{issuer}.signet-doctor.invalid") })),
            ("iss-missing", Must, ISS, json!({ "iss": null })),
            ("exp-past", Must, EXP, json!({ "iat": now - HOUR, "exp": now - TEN_MINUTES })),
            ("exp-missing", Must, NO_END, json!({ "exp": null })),
            ("exp-negative", Must, EXP, json!({ "exp": -1 })),
            ("exp-zero", Must, EXP, json!({ "exp": 0 })),
            ("exp-text", Should, NO_END, json!({ "exp": (now + HOUR).to_string() })),
            ("exp-list", Should, NO_END, json!({ "exp": [now + HOUR] })),
            ("exp-true", Should, NO_END, json!({ "exp": true })),
            ("exp-1e300", Should, NO_END, json!({ "exp": 1e300 })),
            ("exp-u64-max", Should, NO_END, json!({ "exp": u64::MAX })),
            ("nbf-future", Must, EARLY, json!({ "nbf": now + HOUR })),
            ("nbf-text", Should, EARLY, json!({ "nbf": (now + HOUR).to_string() })),
            ("iat-future", Should, EARLY, json!({ "iat": now + HOUR, "exp": now + 2 * HOUR })),
            ("iat-missing", Should, "nothing says how old a token is", json!({ "iat": null })),
            ("sub-missing", Should, NOBODY, json!({ "sub": null })),
            ("sub-empty", Should, NOBODY, json!({ "sub": "" })),
            ("sub-number", Should, NOBODY, json!({ "sub": 1 })),
        ];
        for (name, class, meaning, changes) in cases {
            // What is taken out of a token that has none leaves a good one.
            if name.starts_with("aud-longer") && audience.is_empty() {
                continue;
            }
            self.add(name, class, meaning, self.own(&json!({}), &changes)?);
        }
        if self.source.has_audience() {
            self.add("aud-missing", Must, AUD, self.own(&json!({}), &json!({ "aud": null }))?);
        }
        // `changed` takes out what is null; here null itself is the claim.
        let mut payload = self.source.payload.clone();
        payload.insert("exp".to_owned(), Value::Null);
        let header = Value::Object(self.source.header.clone()).to_string();
        let token = self.source.own.sign(&header, &Value::Object(payload).to_string()).map_err(away)?;
        self.add("exp-null", Must, NO_END, token);
        let twice = changed(&self.source.payload, &json!({})).replacen('{', "{\"sub\":\"signet-doctor\",", 1);
        let token = self.source.own.sign(&header, &twice).map_err(away)?;
        self.add("sub-twice", Should, "two readers of one token may see two users", token);
        Ok(())
    }

    fn with_other_headers(&mut self) -> Result<(), Failure> {
        use Class::{Must, Should};
        const KEY: &str = "the key is not chosen by the kid: while keys change, any may be taken";
        const CRIT: &str = "what a token declares critical is passed over (RFC 7515 §4.1.11)";
        const TYP: &str = "tokens of other types are accepted: one that is for something else may be (RFC 8725 §3.11)";
        let name = "urn:signet:doctor";
        let crit = json!({ "crit": [name], name: true });
        self.add("crit-unknown", Must, CRIT, self.own(&crit, &json!({}))?);
        let b64 = json!({ "crit": ["b64"], "b64": false });
        self.add("b64-false", Must, CRIT, self.own(&b64, &json!({}))?);
        self.add("b64-false-not-critical", Should, CRIT, self.own(&json!({ "b64": false }), &json!({}))?);
        self.add("crit-empty", Should, CRIT, self.own(&json!({ "crit": [] }), &json!({}))?);
        self.add("unknown-kid", Should, KEY, self.own(&json!({ "kid": self.source.random_id() }), &json!({}))?);
        self.add("no-kid", Should, KEY, self.own(&json!({ "kid": null }), &json!({}))?);
        self.add("kid-list", Should, KEY, self.own(&json!({ "kid": [self.source.header.get("kid")] }), &json!({}))?);
        self.add("typ-other", Should, TYP, self.own(&json!({ "typ": "secevent+jwt" }), &json!({}))?);
        if self.source.header.contains_key("typ") {
            self.add("typ-missing", Should, TYP, self.own(&json!({ "typ": null }), &json!({}))?);
        }
        // The key's own signature under another name.
        const ALG: &str = "the algorithm is the token's choice, not the key's (RFC 8725 §3.1)";
        let ours = self.source.algorithm().unwrap_or_default().to_owned();
        for alg in ["HS256", "HS512", "RS256", "PS256", "ES256", "EdDSA"].iter().filter(|alg| **alg != ours) {
            let token = self.own(&json!({ "alg": alg }), &json!({}))?;
            self.add(format!("alg-renamed-{alg}"), Must, ALG, token);
        }
        Ok(())
    }

    /// Tokens of ours that are good for something else.
    async fn for_other_purposes(&mut self) -> Result<(), Failure> {
        let meaning = "a token of a mailed link opens the endpoint";
        self.add("mailed-link", Class::Must, meaning, self.source.mailed()?);
        if !self.source.is_shared() {
            let meaning = "a list of revocations opens the endpoint: anybody can fetch one";
            let now = self.source.now.seconds();
            let list = json!({ "iss": self.source.payload.get("iss"), "iat": now, "exp": now + 60, "next": "0" });
            let header = changed(&self.source.header, &json!({ "typ": "revocations+jwt" }));
            let token = self.source.own.sign(&header, &list.to_string()).map_err(away)?;
            self.add("revocation-list", Class::Must, meaning, token);
        }
        for (name, token) in self.source.for_others().await? {
            let meaning = "a token for another service opens the endpoint: the audience is not checked";
            self.add(format!("template-{name}"), Class::Must, meaning, token);
        }
        if let Some((kid, hand)) = self.source.removed().await? {
            let meaning = "a key that has left the JWKS is still trusted: the keys are kept for too long";
            let token = self.forge(&hand, &json!({ "kid": kid }), &json!({}))?;
            self.add("removed-key", Class::Must, meaning, token);
        }
        Ok(())
    }
}
