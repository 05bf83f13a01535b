import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
} from '@tanstack/react-router';
import { accessSearchSchema } from '#renderer/features/access/access-search.ts';
import { activitySearchSchema } from '#renderer/features/activity/activity-search.ts';
import { alertsSearchSchema } from '#renderer/features/alerts/alerts-search.ts';
import { connectSearchSchema } from '#renderer/features/connect/connect-search.ts';
import { keysSearchSchema } from '#renderer/features/credentials/keys-search.ts';
import { limitsSearchSchema } from '#renderer/features/limits/limits-search.ts';
import { modelsSearchSchema } from '#renderer/features/models/models-search.ts';
import { rotationSearchSchema } from '#renderer/features/rotation/rotation-search.ts';
import { settingsSearchSchema } from '#renderer/features/settings/settings-search.ts';
import { OverviewPage } from '#renderer/features/usage/overview-page.tsx';
import { overviewSearchSchema } from '#renderer/features/usage/overview-search.ts';
import { Frame } from './frame.tsx';

const rootRoute = createRootRoute({ component: Frame, notFoundComponent: () => <Navigate to="/overview" replace /> });

const overviewRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/overview',
  validateSearch: (search) => overviewSearchSchema.parse(search),
  component: OverviewPage,
});
const keysRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/keys',
  validateSearch: (search) => keysSearchSchema.parse(search),
  component: lazyRouteComponent(() => import('#renderer/features/credentials/keys-page.tsx'), 'KeysPage'),
});
const rotationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/rotation',
  validateSearch: (search) => rotationSearchSchema.parse(search),
  component: lazyRouteComponent(() => import('#renderer/features/rotation/rotation-page.tsx'), 'RotationPage'),
});
const accessRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/access',
  validateSearch: (search) => accessSearchSchema.parse(search),
  component: lazyRouteComponent(() => import('#renderer/features/access/access-page.tsx'), 'AccessPage'),
});
const alertsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/alerts',
  validateSearch: (search) => alertsSearchSchema.parse(search),
  component: lazyRouteComponent(() => import('#renderer/features/alerts/alerts-page.tsx'), 'AlertsPage'),
});
const limitsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/limits',
  validateSearch: (search) => limitsSearchSchema.parse(search),
  component: lazyRouteComponent(() => import('#renderer/features/limits/limits-page.tsx'), 'LimitsPage'),
});
const modelsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/models',
  validateSearch: (search) => modelsSearchSchema.parse(search),
  component: lazyRouteComponent(() => import('#renderer/features/models/models-page.tsx'), 'ModelsPage'),
});
const activityRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/activity',
  validateSearch: (search) => activitySearchSchema.parse(search),
  component: lazyRouteComponent(() => import('#renderer/features/activity/activity-page.tsx'), 'ActivityPage'),
});
const connectRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/connect',
  validateSearch: (search) => connectSearchSchema.parse(search),
  component: lazyRouteComponent(() => import('#renderer/features/connect/connect-page.tsx'), 'ConnectPage'),
});
const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/settings',
  validateSearch: (search) => settingsSearchSchema.parse(search),
  component: lazyRouteComponent(() => import('#renderer/features/settings/settings-page.tsx'), 'SettingsPage'),
});
const indexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  component: () => <Navigate to="/overview" replace />,
});

/** The dashboard's pages. Addresses are in the hash, filters in each page's search parameters, so back and forward work. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([
    indexRoute,
    overviewRoute,
    keysRoute,
    rotationRoute,
    accessRoute,
    alertsRoute,
    limitsRoute,
    modelsRoute,
    activityRoute,
    connectRoute,
    settingsRoute,
  ]),
  history: createHashHistory(),
  scrollRestoration: false,
  defaultPreload: 'intent',
});

declare module '@tanstack/react-router' {
  interface Register {
    readonly router: typeof router;
  }
}
