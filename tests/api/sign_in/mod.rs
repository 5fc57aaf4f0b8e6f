mod email;
mod social;
