// What people look through. German words are the longer ones, so German is read on the narrow screen.
export const devices = {
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: "de-DE" },
  desktop: { viewport: { width: 1280, height: 800 }, locale: "en-GB" },
};

/** The narrowest screen that has to do. */
export const NARROWEST = 320;
