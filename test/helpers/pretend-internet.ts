// A guard that takes public addresses to servers on this machine, so that a test may see who is called out there.

import { createGuard, type Guard, type GuardOptions } from '../../shared/http/guard.ts';

/** By host, as '198.18.0.1': base URL on loopback. */
export function pretendInternet(places: Readonly<Record<string, string>>): (options: GuardOptions) => Guard {
  return (options) => {
    const guard = createGuard(options);
    const request: Guard['request'] = (url, call) => {
      const { hostname, pathname, search } = new URL(url);
      const place = places[hostname];
      return guard.request(place === undefined ? url : place + pathname + search, call);
    };
    return { request, close: () => guard.close() };
  };
}
