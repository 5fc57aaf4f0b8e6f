type KeySet = { keys: Record<string, unknown>[] };

/** There is no key to verify anything with, and the server that has them does not answer. */
export class KeysUnavailable extends Error {}

const COOLDOWN = 10_000;
const RETRY = 1_000;
const LONGEST_OUTAGE = 3_600_000;
const TIMEOUT = 5_000;

// region fetcher
/**
 * Fetches a key set at most every ten seconds, however many ask, and gives the last one in between. Tokens with made-up
 * key ids therefore cost one fetch, and never keep the good ones from being verified. While the server is away, the last
 * set is good for an hour.
 */
export function calmFetcher(): (url: string) => Promise<KeySet> {
  let next = 0;
  let answer: Promise<KeySet>;
  let known: { set: KeySet; fetched: number } | undefined;

  const refresh = async (url: string): Promise<KeySet> => {
    try {
      const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT) });
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      known = { set: (await response.json()) as KeySet, fetched: performance.now() };
    } catch (fault) {
      if (!known || performance.now() - known.fetched > LONGEST_OUTAGE) {
        next = performance.now() + RETRY;
        throw new KeysUnavailable(`no keys from ${url}`, { cause: fault });
      }
    }
    return known.set;
  };

  return (url) => {
    if (performance.now() >= next) {
      next = performance.now() + COOLDOWN;
      answer = refresh(url);
    }
    return answer;
  };
}
// endregion fetcher
