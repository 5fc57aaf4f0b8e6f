mod email;
mod guards;
mod social;
