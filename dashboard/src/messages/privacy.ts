import { formatDate } from '@/lib/format';

export const privacyMessages = {
  export: 'Export',
  exportAccount: 'Everything that is stored about you, as a ZIP file of JSON.',
  exportOrganisation: 'Everything in the organisation, as a ZIP file of JSON. Secrets are left out.',
  startExport: 'Create export',
  started: 'Export started. We will email you when it is ready.',
  startFailed: 'Could not create the export',
  status: { pending: 'In progress', ready: 'Ready', failed: 'Failed' },
  requested: (at: string) => `Requested ${formatDate(at)}`,
  keptUntil: (at: string) => `kept until ${formatDate(at)}`,
  download: 'Download',
  downloadExport: 'Download export',
  passwordHint: 'To make sure it is you.',
  delete: 'Deletion',
  deleteAccount: 'Delete account',
  deleteOrganisation: 'Delete organisation',
  accountHint:
    'Your account is deleted a few days after you ask for it. Until then you can log in and cancel the deletion.',
  organisationHint:
    'The organisation and everything in it is deleted a few days after you ask for it. Until then monitors are not checked, API keys are refused, and any owner can cancel the deletion.',
  deletedWithIt: (names: string) => `Also deleted, because you are the only member: ${names}.`,
  blockedBy: (names: string) =>
    `You are the only owner of ${names}. Make another member an owner, or delete the organisation, before you delete your account.`,
  type: (expected: string) => `Type “${expected}” to confirm`,
  mismatch: 'Does not match',
  erasing: 'The deletion has begun and can no longer be cancelled.',
  withAccount:
    'It is deleted together with the account of its only member. To keep it, cancel the deletion of that account.',
  cancelDeletion: 'Cancel deletion',
  cancelled: 'Deletion cancelled',
  cancelFailed: 'Could not cancel the deletion',
};
