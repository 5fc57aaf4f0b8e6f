function required(name: string): string {
  const value = process.env[name]; // by a name that is computed: read when the server runs, not when it is built
  if (!value) throw new Error(`${name} must be set`);
  return value;
}

/** The server's settings. */
export const env = {
  /** Signet, whose `/api/v1` stands where the FastAPI of the document does. */
  get NEXT_PUBLIC_API_URL() {
    return required("NEXT_PUBLIC_API_URL");
  },
  /** Signet, whose sessions are the browser's. */
  get SIGNET_URL() {
    return required("SIGNET_URL");
  },
  /** The backend that takes JWTs. */
  get BACKEND_URL() {
    return required("BACKEND_URL");
  },
};
