// The real Better Auth as a process: its settings are the JSON in TAKEOVER, see better-auth.mjs.
import { createServer } from "node:http";

const settings = JSON.parse(process.env.TAKEOVER);
const library = settings.package;
const [{ betterAuth }, { getMigrations }, { toNodeHandler }, plugins] = await Promise.all([
  import(library),
  import(`${library}/db/migration`),
  import(`${library}/node`),
  import(`${library}/plugins`),
]);

const post = (kind) => async ({ user, url, token }) => {
  if (!settings.mail) return;
  await fetch(settings.mail, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ kind, to: user.email, url, token }) });
};

async function open(database) {
  if (/^postgres/.test(database)) {
    const { default: pg } = await import("pg");
    return new pg.Pool({ connectionString: database });
  }
  const { default: Database } = await import("better-sqlite3");
  return new Database(database);
}

async function storage(url) {
  const [{ Redis }, { redisStorage }] = await Promise.all([import("ioredis"), import("@better-auth/redis-storage")]);
  return redisStorage({ client: new Redis(url) });
}

const auth = betterAuth({
  database: await open(settings.database),
  ...(settings.redis && { secondaryStorage: await storage(settings.redis) }),
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: "warn" },
  ...settings.options,
  emailAndPassword: { enabled: true, sendResetPassword: post("reset-password"), ...settings.options.emailAndPassword },
  emailVerification: { sendVerificationEmail: post("verification"), ...settings.options.emailVerification },
  plugins: Object.entries(settings.plugins).map(([name, options]) => plugins[name](options)),
});

if (settings.migrate) await (await getMigrations(auth.options)).runMigrations();

createServer(toNodeHandler(auth)).listen(settings.port, "127.0.0.1", () => console.log("listening"));
