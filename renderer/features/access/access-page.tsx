import { Button, Modal } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { PageHeader } from '#renderer/components/page-header.tsx';
import { PageTabs } from '#renderer/components/page-tabs.tsx';
import type { AccessSearch } from './access-search.ts';
import { EndEverything } from './end-everything.tsx';
import { EndedAccess } from './ended-access.tsx';
import { LivingAccess } from './living-access.tsx';
import { PolicyForm } from './policy-form.tsx';
import { PolicyList } from './policy-list.tsx';

const route = getRouteApi('/access');

type Part = 'now' | 'ended' | 'policies';

/** Access: who asks, who may call models at this moment, who could, and the standing policies. */
export function AccessPage(): ReactNode {
  const { part = 'now', open, review } = route.useSearch();
  const navigate = route.useNavigate();
  const providerName = useProviderName();
  const requests = useOperation('request.list', {}).data;
  const grants = useOperation('grant.list', {}).data;
  const policies = useOperation('policy.list', {});
  const go = (change: AccessSearch): void => void navigate({ search: (search) => ({ ...search, ...change }) });
  const choose = (next: Part): void => void navigate({ search: next === 'now' ? {} : { part: next } });
  const isAnswered = review !== undefined && requests?.every(({ id }) => id !== review) === true;
  useEffect(() => {
    if (isAnswered) void navigate({ search: (search) => ({ ...search, review: undefined }), replace: true });
  }, [isAnswered, navigate]);
  const living = requests && grants ? requests.length + grants.length : undefined;
  return (
    <>
      <PageHeader title="Access" description="Tools get a short-lived token, never a key.">
        {part === 'policies' ? (
          <Button onClick={() => go({ open: 'add-policy' })}>Add a policy</Button>
        ) : !living ? null : (
          <Button variant="default" c="var(--failed)" onClick={() => go({ open: 'end-everything' })}>
            End everything…
          </Button>
        )}
      </PageHeader>
      <PageTabs<Part>
        label="Parts of Access"
        value={part}
        tabs={[
          { value: 'now', label: 'Now', count: living },
          { value: 'ended', label: 'Ended' },
          { value: 'policies', label: 'Policies', count: policies.data?.length },
        ]}
        onChange={choose}
      >
        {part === 'now' ? (
          <LivingAccess reviewed={review} providerName={providerName} onReview={(id) => go({ review: id })} />
        ) : null}
        {part === 'ended' ? <EndedAccess providerName={providerName} /> : null}
        {part === 'policies' ? (
          <PolicyList providerName={providerName} onAdd={() => go({ open: 'add-policy' })} />
        ) : null}
      </PageTabs>
      <EndEverything isOpen={open === 'end-everything'} onClose={() => go({ open: undefined })} />
      <Modal
        opened={open === 'add-policy'}
        onClose={() => go({ open: undefined })}
        title="Add a policy"
        size={720}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <PolicyForm providerName={providerName} onDone={() => go({ open: undefined })} />
      </Modal>
    </>
  );
}
