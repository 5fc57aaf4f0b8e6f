mod adoption;
mod cookie_cache;
mod cookies;
mod secondary;
mod stateless;
