import { formatDate } from '@/lib/format';

export const privacyMessages = {
  export: 'Export',
  exportAccount: 'Everything that is stored about you, as a ZIP file with JSON.',
  exportOrganisation: 'Everything that the organisation has, as a ZIP file with JSON. Secrets are left out.',
  startExport: 'Create export',
  started: 'The export is being made. We will email you when it is ready.',
  startFailed: 'Could not create the export',
  status: { pending: 'Being made', ready: 'Ready', failed: 'Failed' },
  requested: (at: string) => `Requested ${formatDate(at)}`,
  keptUntil: (at: string) => `kept until ${formatDate(at)}`,
  download: 'Download',
  downloadExport: 'Download export',
  passwordHint: 'To make sure that it is you.',
  delete: 'Deletion',
  deleteAccount: 'Delete account',
  deleteOrganisation: 'Delete organisation',
  accountHint: 'Your account is deleted after some days. Until then you can cancel it.',
  organisationHint:
    'The organisation is deleted with everything it has after some days. Until then nothing is checked, API keys are refused, and every owner can cancel it.',
  deletedWithIt: (names: string) => `Deleted with your account, because they have no other member: ${names}.`,
  blockedBy: (names: string) =>
    `You are the only owner of ${names}. Make somebody else an owner, or delete them first.`,
  type: (expected: string) => `Type “${expected}” to confirm`,
  mismatch: 'Does not match',
  erasing: 'The deletion has begun and cannot be cancelled any more.',
  withAccount: 'It goes with the account of its only member: cancel the deletion of the account.',
  cancelDeletion: 'Cancel deletion',
  cancelled: 'Deletion cancelled',
  cancelFailed: 'Could not cancel the deletion',
};
