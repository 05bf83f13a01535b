import type { RequestHeaders } from '../request-headers.ts';
import type { RequestTarget } from '../request-target.ts';

/** What requests have in common whose heads differ in the length of their body at most; what is worked out from a head can be kept here. */
export class HeadShape {
  /** True once a second request had it, so that keeping something is worth while. */
  isRepeated = false;
  headers: RequestHeaders | null = null;
  target: RequestTarget | null = null;
}
