//! The body that names one user, which several endpoints take.

use crate::base::Result;
use crate::http::body::Body;
use crate::http::endpoint::Input;
use crate::http::form::Form;
use crate::http::query::Query;

pub struct OneUser {
    pub user_id: String,
}

impl Input for OneUser {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        let input = Self { user_id: form.string("userId") };
        form.finish()?;
        Ok(input)
    }
}
