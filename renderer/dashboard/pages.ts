import {
  IconActivity,
  IconArrowsSplit2,
  IconBell,
  IconGauge,
  IconKey,
  IconLayoutDashboard,
  IconPlugConnected,
  IconRefresh,
  IconSettings,
  IconShieldCheck,
  type TablerIcon,
} from '@tabler/icons-react';

type PagePath =
  | '/overview'
  | '/keys'
  | '/rotation'
  | '/access'
  | '/alerts'
  | '/limits'
  | '/models'
  | '/activity'
  | '/connect'
  | '/settings';

/** The pages in the order of the side bar; Settings stands at its bottom. */
export const pages: readonly { readonly to: PagePath; readonly name: string; readonly icon: TablerIcon }[] = [
  { to: '/overview', name: 'Overview', icon: IconLayoutDashboard },
  { to: '/keys', name: 'Keys', icon: IconKey },
  { to: '/rotation', name: 'Rotation', icon: IconRefresh },
  { to: '/access', name: 'Access', icon: IconShieldCheck },
  { to: '/alerts', name: 'Alerts', icon: IconBell },
  { to: '/limits', name: 'Limits', icon: IconGauge },
  { to: '/models', name: 'Models', icon: IconArrowsSplit2 },
  { to: '/activity', name: 'Activity', icon: IconActivity },
  { to: '/connect', name: 'Connect', icon: IconPlugConnected },
  { to: '/settings', name: 'Settings', icon: IconSettings },
];
