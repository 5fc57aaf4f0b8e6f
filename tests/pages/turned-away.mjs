// Ways to a provider that do not lead in: Ada changes her mind there, the provider fails, a link is stale, an address is taken.
import { declines, meetsProvider, signsOut, signsUp } from "./harness/acts.mjs";

export default async function (story) {
  const house = await story.house({ provider: true });
  const ada = await story.person("Ada", house);
  await signsUp(ada);

  // Her account is not linked if she says no there. That is said once.
  const linked = ada.in("region", "Linked accounts");
  await linked.presses("Link: Acme");
  await declines(ada);
  await ada.isAt("/account");
  await linked.sees("The sign-in was cancelled at the other site. You can try it again, or sign in another way.");
  await ada.in("region", "Recent activity").sees("Account at a provider linked");
  await ada.reloads();
  await linked.sees("Not linked");
  await linked.seesNot("The sign-in was cancelled at the other site. You can try it again, or sign in another way.");
  await signsOut(ada);

  const goesThere = async () => {
    const asked = ada.page.waitForRequest((request) => request.url().startsWith(`${house.acme.issuer}/auth?`));
    await ada.presses("Continue with Acme");
    const state = new URL((await asked).url()).searchParams.get("state");
    await ada.page.waitForURL((url) => url.origin === house.acme.issuer);
    return state;
  };
  const isTurnedAway = async (code, text, heading = "Something went wrong") => {
    await ada.seesA("heading", heading);
    await ada.sees(text);
    await ada.sees(code);
  };
  const goesBackToSignIn = async () => {
    await ada.in("main").follows("Back to sign-in");
    await ada.isAt("/sign-in?callbackURL=%2Faccount%3Ffrom%3Dmail");
  };

  // She signs in, and says no. The way back knows still where she wanted to be.
  await ada.opens("/account?from=mail");
  await ada.isAt("/sign-in?callbackURL=%2Faccount%3Ffrom%3Dmail");
  await ada.presses("Continue with Acme");
  await declines(ada);
  await ada.isAt(/^\/error\?/);
  await isTurnedAway("access_denied", "The sign-in was cancelled at the other site. You can try it again, or sign in another way.", "Sign-in cancelled");
  await ada.looksAt("declined");
  await goesBackToSignIn();

  // The provider has a problem, or does not know its own code any more.
  await ada.opens(house.at(`/callback/acme?error=server_error&error_description=It+is+down.&state=${await goesThere()}`));
  await isTurnedAway("server_error", "The other site has a problem just now. Please try it again later.");
  await goesBackToSignIn();
  const state = await goesThere();
  await ada.opens(house.at(`/callback/acme?code=unheard-of&state=${state}`));
  await isTurnedAway("invalid_code", "The other site did not confirm your sign-in. Please try it again.");

  // What is used up, and what was never begun here, has nowhere to go back to.
  for (const stale of [state, "nobody-began-this"]) {
    await ada.opens(house.at(`/callback/acme?code=unheard-of&state=${stale}`));
    await ada.seesA("heading", "Something went wrong");
  }
  await ada.in("main").follows("Back to sign-in");
  await ada.isAt("/sign-in");

  // Whoever is at the provider under her address is not let in to her account, as long as she has not proved that it is hers.
  await ada.presses("Continue with Acme");
  await meetsProvider(ada, "ada");
  await isTurnedAway("account_not_linked", "There is an account with this address already. Sign in to it as you did before; then you can link the other one.");
  await ada.in("main").follows("Back to sign-in");
  await ada.isAt(/^\/sign-in/);

  // The provider is away altogether.
  house.acme.stop();
  await house.restart();
  await ada.isRefused("/sign-in/social", 503, async () => {
    await ada.presses("Continue with Acme");
    await ada.hears("This does not work just now. Please try again in a moment.");
  });
}
