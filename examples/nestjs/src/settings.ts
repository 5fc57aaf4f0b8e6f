/** A setting from the environment, without which the service does not start. */
export function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} must be set`);
  return value;
}
