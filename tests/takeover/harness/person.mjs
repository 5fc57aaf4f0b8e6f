// Somebody who uses the official client on several devices, and knows what each answer has to be.
import assert from "node:assert/strict";
import { Device } from "./device.mjs";

/** How often each act comes, in a crowd. */
export const ACTS = {
  signUp: 1, signIn: 8, signInWrongly: 2, getSession: 30, token: 12, updateUser: 8, changePassword: 3,
  changePasswordWrongly: 1, signOut: 5, reset: 3, resetAgain: 1, listSessions: 8, revokeSession: 4, revokeOthers: 2, revokeAll: 1,
};

export class Person {
  exists = false;
  /** The tokens of the sessions that there are. */
  live = new Set();
  passwords = 0;
  names = 0;
  spent = null;
  history = [];

  /** `verify` is given each token; `forgets` says that a session without its cookie is of no use to anybody. */
  constructor({ label, url, devices, chance, mailbox, verify }) {
    Object.assign(this, { label, chance, mailbox, verify });
    this.email = `${label}@example.com`;
    this.devices = Array.from({ length: devices }, () => new Device(url));
    this.name = label;
    this.password = this.fresh();
  }

  get requests() {
    return this.devices.reduce((sum, device) => sum + device.requests, 0);
  }

  fresh() {
    return `password ${++this.passwords} of ${this.label}`;
  }

  /** Does something, by chance, and checks the answer. */
  async step(acts) {
    const act = this.exists ? this.chance.weighted(acts) : "signUp";
    const at = this.chance.below(this.devices.length);
    this.history.push(`${act}@${at}`);
    try {
      await this[act](this.devices[at]);
    } catch (fault) {
      throw new Error(`${this.label}, after ${this.history.slice(-8).join(" ")}: ${fault.message}`, { cause: fault });
    }
  }

  signedIn(device, session) {
    device.token = session;
    this.live.add(session);
  }

  isIn(device) {
    return this.live.has(device.token);
  }

  async signUp({ client, ...device }) {
    const { name, email, password } = this;
    const answer = await client.signUp.email({ name, email, password });
    if (this.exists) return refused(answer, 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
    const { user, token } = given(answer);
    this.exists = true;
    this.id = user.id;
    this.isUser(user);
    this.signedIn(this.devices.find((one) => one.client === client), token);
  }

  isUser(user) {
    const { id, email, name, emailVerified, image } = user;
    assert.deepEqual({ id, email, name, emailVerified, image: image ?? null }, { id: this.id, email: this.email, name: this.name, emailVerified: false, image: null });
  }

  async signIn(device) {
    const { redirect, token, user } = given(await device.client.signIn.email({ email: this.email, password: this.password }));
    assert.equal(redirect, false);
    this.isUser(user);
    this.signedIn(device, token);
  }

  async signInWrongly({ client }) {
    refused(await client.signIn.email({ email: this.email, password: "not the password" }), 401, "INVALID_EMAIL_OR_PASSWORD");
  }

  async getSession(device) {
    const found = given(await device.client.getSession());
    if (!this.isIn(device)) return assert.equal(found, null, "a session that is over");
    assert.equal(found?.session.token, device.token);
    assert.equal(found.session.userId, this.id);
    this.isUser(found.user);
  }

  async token(device) {
    const answer = await device.client.token();
    if (!this.isIn(device)) return refused(answer, 401, "UNAUTHORIZED");
    const claims = JSON.parse(Buffer.from(given(answer).token.split(".")[1], "base64url"));
    assert.equal(claims.sub, this.id);
    this.isUser(claims);
    await this.verify(answer.data.token);
  }

  async updateUser(device) {
    const name = `${this.label} ${++this.names}`;
    const answer = await device.client.updateUser({ name });
    if (!this.isIn(device)) return refused(answer, 401, "UNAUTHORIZED");
    assert.equal(given(answer).status, true);
    this.name = name;
  }

  async changePassword(device) {
    const [newPassword, revokeOtherSessions] = [this.fresh(), this.chance.below(2) === 1];
    const answer = await device.client.changePassword({ currentPassword: this.password, newPassword, revokeOtherSessions });
    if (!this.isIn(device)) return refused(answer, 401, "UNAUTHORIZED");
    const { token, user } = given(answer);
    this.isUser(user);
    this.password = newPassword;
    if (!revokeOtherSessions) return assert.equal(token, null);
    this.live.clear();
    this.signedIn(device, token);
  }

  async changePasswordWrongly(device) {
    const answer = await device.client.changePassword({ currentPassword: "not the password", newPassword: this.fresh() });
    if (!this.isIn(device)) return refused(answer, 401, "UNAUTHORIZED");
    refused(answer, 400, "INVALID_PASSWORD");
  }

  async signOut(device) {
    assert.equal(given(await device.client.signOut()).success, true);
    this.live.delete(device.token);
    device.token = null;
  }

  async reset({ client }) {
    assert.equal(given(await client.requestPasswordReset({ email: this.email })).status, true);
    const [token, newPassword] = [await this.mailbox.token(this.email), this.fresh()];
    assert.equal(given(await client.resetPassword({ token, newPassword })).status, true);
    this.password = newPassword;
    this.spent = token;
  }

  async resetAgain({ client }) {
    const token = this.spent ?? "a token of nobody's";
    refused(await client.resetPassword({ token, newPassword: this.fresh() }), 400, "INVALID_TOKEN");
  }

  async listSessions(device) {
    const answer = await device.client.listSessions();
    if (!this.isIn(device)) return refused(answer, 401, "UNAUTHORIZED");
    assert.deepEqual(given(answer).map(({ token }) => token).sort(), [...this.live].sort());
  }

  async revokeSession(device) {
    const token = this.chance.pick([...this.live, "a token of nobody's"]);
    const answer = await device.client.revokeSession({ token });
    if (!this.isIn(device)) return refused(answer, 401, "UNAUTHORIZED");
    assert.equal(given(answer).status, true);
    this.live.delete(token);
  }

  async revokeOthers(device) {
    const answer = await device.client.revokeOtherSessions();
    if (!this.isIn(device)) return refused(answer, 401, "UNAUTHORIZED");
    assert.equal(given(answer).status, true);
    this.live = new Set([device.token]);
  }

  async revokeAll(device) {
    const answer = await device.client.revokeSessions();
    if (!this.isIn(device)) return refused(answer, 401, "UNAUTHORIZED");
    assert.equal(given(answer).status, true);
    this.live.clear();
  }
}

function given({ data, error }) {
  assert.equal(error, null, JSON.stringify(error));
  return data;
}

function refused({ data, error }, status, code) {
  assert.equal(data, null, `was answered ${JSON.stringify(data)}`);
  assert.deepEqual({ status: error.status, code: error.code }, { status, code }, JSON.stringify(error));
}
