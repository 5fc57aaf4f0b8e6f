mod cookies;
