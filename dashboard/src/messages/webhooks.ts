/** Texts about what is sent to other services, wherever it is set up. */
export const webhookMessages = {
  signingSecret: 'Signing secret',
  rotate: 'Rotate signing secret',
  rotateHint: 'Notifications are signed with both secrets until you remove the previous one.',
  endPrevious: 'Remove previous signing secret',
  endPreviousHint: 'Once your receiver uses the new one.',
  post: 'Each notification is sent as a POST request with a JSON body.',
  incomingUrl: 'Incoming webhook URL',
  slackUrl: 'In Slack, go to Apps > Incoming Webhooks > Add to Slack, choose a channel and copy the URL.',
  keepUrl: 'Leave blank to keep the current URL. It is secret and not shown again.',
  sendTest: 'Send test',
  testSent: 'Test notification sent',
  testSentWithout: (leftOut: string) => `Test notification sent; ${leftOut}`,
  testFailed: (reason: string) => `Test notification failed: ${reason}`,
  unknownReason: 'unknown reason',
};
