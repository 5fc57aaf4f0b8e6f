mod cookie_cache;
mod cookies;
mod stateless;
