use std::{env, fs};

use super::super::reference;

#[test]
fn the_reference_document_is_what_the_code_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
    let reference = reference();
    if env::var_os("SIGNET_WRITE_REFERENCE").is_some() {
        fs::write(path, &reference).expect("the document is written");
    }
    let document = fs::read_to_string(path).unwrap_or_default();
    assert!(
        document == reference,
        "docs/configuration.md is not up to date: run `SIGNET_WRITE_REFERENCE=1 cargo test --lib the_reference`"
    );
}
