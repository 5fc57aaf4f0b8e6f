//! What leaves: the outbox, and who takes what from it.

use std::sync::Arc;

use super::ground::Ground;
use crate::base::{Error, Result};
use crate::crypto::Sealer;
use crate::crypto::jose::Hs256;
use crate::mail::{self, Postman, Writer};
use crate::outbox::{Carrier, Outbox};
use crate::webhooks::{self, Messenger, Reporter};

pub fn outbox(ground: &Ground) -> Arc<Outbox> {
    let Ground { store, secrets, clock, random, .. } = ground;
    let carriers = [mail::CARRIER, webhooks::CARRIER];
    Arc::new(Outbox::new(store.clone(), Sealer::new(secrets), random.clone(), clock.clone(), &carriers))
}

/// Who takes what from the outbox. From now on what happens is reported into it, where webhooks are configured.
pub fn carriers(ground: &Ground, outbox: &Outbox) -> Result<Vec<Arc<dyn Carrier>>> {
    let postman = postman(ground)?.map(|postman| Arc::new(postman) as Arc<dyn Carrier>);
    Ok(postman.into_iter().chain(messenger(ground, outbox)).collect())
}

/// Who writes and sends the mails.
fn postman(ground: &Ground) -> Result<Option<Postman>> {
    let Ground { config, store, secrets, outbound, clock, random } = ground;
    let writer = Writer {
        store: store.clone(),
        tokens: Hs256::new(secrets),
        random: random.clone(),
        base_url: format!("{}{}", config.site.origin, config.site.base_path),
        user_fields: config.user.additional_fields.clone(),
        lives: mail::Lives {
            verification: config.email_verification.expires_in,
            reset_password: config.email_and_password.reset_password_token_expires_in,
            delete_account: config.user.delete_token_expires_in,
        },
    };
    Postman::new(&config.mail, &config.site.app_name, writer, outbound.clone(), clock.clone()).map_err(Error::broken)
}

/// Who tells applications what happens to users and sessions.
fn messenger(ground: &Ground, outbox: &Outbox) -> Option<Arc<dyn Carrier>> {
    let Ground { config, store, outbound, clock, .. } = ground;
    let wanted = config.webhooks.as_ref()?;
    let user_fields = config.user.additional_fields.clone();
    store.watch(Arc::new(Reporter::new(wanted, user_fields, outbox.packer(), clock.clone())));
    Some(Arc::new(Messenger::new(wanted, outbound.clone(), clock.clone())))
}
