// What people look through. German words are the longer ones, so German is read on the narrow screen.
const agent = (system, kind) => `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 ${kind}Safari/537.36`;

export const devices = {
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: "de-DE", userAgent: agent("Linux; Android 10; K", "Mobile ") },
  desktop: { viewport: { width: 1280, height: 800 }, locale: "en-GB", userAgent: agent("Windows NT 10.0; Win64; x64", "") },
};

/** The narrowest screen that has to do. */
export const NARROWEST = 320;
