import type { NextConfig } from "next";

// region rewrites
const config: NextConfig = {
  async rewrites() {
    return [
      { source: "/api/auth/:path*", destination: `${process.env.SIGNET_URL}/api/auth/:path*` },
      { source: "/backend/:path*", destination: `${process.env.BACKEND_URL}/:path*` },
    ];
  },
};
// endregion rewrites

export default config;
