/** True when a `resource` names this gateway. RFC 8707 section 2: absolute, without a fragment. */
export function isOwnResource(resource: string, issuer: string): boolean {
  return URL.canParse(resource) && !resource.includes('#') && new URL(resource).href === new URL(issuer).href;
}
