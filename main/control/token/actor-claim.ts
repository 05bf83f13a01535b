/** The `act` claim of RFC 8693 section 4.1. */
export interface ActorClaim {
  readonly sub: string;
  readonly act?: ActorClaim;
}

/** Who acts for the token’s subject: the last sub-agent outermost, those before it nested; null when nobody does. */
export function actorClaim(delegates: readonly string[]): ActorClaim | null {
  const [last, ...earlier] = delegates;
  if (last === undefined) return null;
  const before = actorClaim(earlier);
  return before === null ? { sub: last } : { sub: last, act: before };
}
