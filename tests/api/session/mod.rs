mod adoption;
mod cookie_cache;
mod cookies;
mod secondary;
mod side_by_side;
mod stateless;
