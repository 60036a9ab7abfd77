/** Somebody of the demo data, for the print at start and for the playground's "act as". */
export interface DemoSignIn {
  label: string;
  email: string;
}

/** One password for everybody of the demo data; there is none in production. */
export const demoPassword = 'ringfence-demo';

export const demoSignIns: DemoSignIn[] = [
  { label: 'Owner of demo (Agency plan)', email: 'owner@demo.test' },
  { label: 'Administrator of demo', email: 'admin@demo.test' },
  { label: 'Member of demo with all clients', email: 'all@demo.test' },
  { label: 'Member of demo with 5 clients', email: 'member@demo.test' },
  { label: 'Member of demo with 1 client', email: 'single@demo.test' },
  { label: 'Portal user of one client of demo', email: 'portal@demo.test' },
  { label: 'Portal user of one agent of demo', email: 'agent@demo.test' },
  { label: 'Owner of northwind (Starter plan)', email: 'owner@northwind.test' },
  { label: 'Owner of contoso, a third account', email: 'owner@contoso.test' },
];
