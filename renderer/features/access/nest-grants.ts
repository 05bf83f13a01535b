import type { Grant } from '#shared/model/access.ts';

/** A grant and how many grants it stems from. */
export interface NestedGrant {
  readonly grant: Grant;
  readonly depth: number;
}

/** Puts each grant that was handed on below the one it stems from; one whose parent is not among them stands by itself. */
export function nestGrants(grants: readonly Grant[]): readonly NestedGrant[] {
  const ids = new Set(grants.map((grant) => grant.id));
  const isTop = ({ parentGrantId }: Grant): boolean => parentGrantId === null || !ids.has(parentGrantId);
  const withChildren = (grant: Grant, depth: number): readonly NestedGrant[] => [
    { grant, depth },
    ...grants.filter((each) => each.parentGrantId === grant.id).flatMap((child) => withChildren(child, depth + 1)),
  ];
  return grants.filter(isTop).flatMap((grant) => withChildren(grant, 0));
}
