import type { ReactNode } from 'react';
import type { AccessRequest } from '#shared/model/access.ts';
import { initials, shortenPath } from '../format/names.ts';
import { Pill } from '../pill.tsx';
import classes from './access-request.module.css';
import { isNameVouched, programOf, shownToolName } from './identity.ts';

interface RequestIdentityProps {
  readonly request: AccessRequest;
  readonly titleId: string;
  readonly heading: 'h1' | 'h2';
}

/** Who asks: name, program and folder, and whether the operating system vouches for that. */
export function RequestIdentity({ request, titleId, heading: Heading }: RequestIdentityProps): ReactNode {
  const { process } = request;
  const isVerified = process?.verified ?? false;
  return (
    <div className={classes.head}>
      <div className={`${classes.tile} ${isNameVouched(request) ? '' : classes.claimed}`} aria-hidden="true">
        {initials(request.tool)}
      </div>
      <div className={classes.who}>
        <Heading className={classes.title} id={titleId} title={request.tool}>
          {shownToolName(request)} asks for access
        </Heading>
        <p className={classes.where}>
          <span title={process?.executable ?? undefined}>
            {process === null ? 'unknown program' : programOf(process)}
          </span>
          {process?.folder ? (
            <>
              <span className={classes.fixed}>·</span>
              <span title={process.folder}>{shortenPath(process.folder)}</span>
            </>
          ) : null}
          {isVerified ? null : (
            <span className={classes.fixed}>
              <Pill
                tone="amber"
                title="The operating system could not tell which program this is; all of it is only claimed"
              >
                not verified
              </Pill>
            </span>
          )}
        </p>
      </div>
    </div>
  );
}
