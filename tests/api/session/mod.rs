mod cookies;
mod secondary;
