// A rate limit that nobody reaches.
export default () => ({ limit: async () => ({ success: true }) });
