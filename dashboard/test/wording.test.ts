import ts from 'typescript';
import { describe, expect, it } from 'vitest';

// The sources as text: this finds what users read in every state of every page.
const SOURCES = import.meta.glob<string>('../src/**/*.{ts,tsx}', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** Props that users see or hear. */
const TEXT_PROPS =
  /^(action|alt|aria-label|hint|label|placeholder|question|subtitle|summary|title|(address|default)\w*)$/;
const TOASTS = /^toast(Success|Error)$/;
/** Looks like a phrase, wherever it is: class names and keys are in lower case. */
const PHRASE = /^\p{Lu}\S* \S/u;

interface Text {
  text: string;
  feature: string;
  place: string;
  inMessages: boolean;
  /** Whether values are inserted. */
  composed: boolean;
}

/** The texts that users read: in JSX, in props, in toasts, and everything in messages. */
function textsOf([path, source]: [string, string]): Text[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const inMessages = /\/messages(\.ts$|\/)/.test(path);
  const feature = path.slice(0, path.lastIndexOf('/'));
  const texts: Text[] = [];

  const add = (node: ts.Node, raw: string, composed = false) => {
    const text = raw.replace(/\s+/g, ' ').trim();
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    if (/\p{L}{2}/u.test(text)) {
      texts.push({ text, feature, place: `${path}:${line + 1}`, inMessages, composed });
    }
  };
  const visit = (node: ts.Node, isText: boolean): void => {
    const visitAll = (childIsText: boolean) =>
      ts.forEachChild(node, (child) => {
        visit(child, childIsText);
      });
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node)) return;
    if (ts.isJsxText(node)) add(node, node.text);
    else if (ts.isJsxAttribute(node)) visitAll(TEXT_PROPS.test(node.name.getText()));
    else if (ts.isJsxExpression(node)) visitAll(isText || !ts.isJsxAttribute(node.parent));
    else if (ts.isJsxElement(node) || ts.isJsxSelfClosingElement(node)) visitAll(false);
    else if (ts.isPropertyAssignment(node)) visitAll(inMessages || TEXT_PROPS.test(node.name.getText()));
    else if (ts.isCallExpression(node)) visitAll(inMessages || TOASTS.test(node.expression.getText()));
    else if (ts.isBinaryExpression(node) && /^[!=]==$/.test(node.operatorToken.getText())) visitAll(false);
    else if (ts.isCaseClause(node)) for (const statement of node.statements) visit(statement, isText);
    else if (ts.isTemplateExpression(node)) {
      const text = [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('{}');
      if (isText || PHRASE.test(text)) add(node, text, true);
      for (const { expression } of node.templateSpans) visit(expression, isText);
    } else if (ts.isStringLiteralLike(node)) {
      if (isText || PHRASE.test(node.text)) add(node, node.text);
    } else visitAll(isText);
  };
  visit(file, inMessages);
  return texts;
}

const TEXTS = Object.entries(SOURCES)
  // The API client has texts for machines only.
  .filter(([path]) => !path.includes('.test.') && !path.includes('/api/'))
  .flatMap(textsOf);

/** The places of the texts that are not as they should be. */
const placesOf = (texts: Text[]) => texts.map(({ text, place }) => `${place}: ${text}`);

/** One term for one thing: what to avoid, and what to use instead. */
const AVOID: [RegExp, string][] = [
  [/\b(UP|DOWN|DEGRADED|PENDING|PAUSED|SKIPPED)\b/, 'Up, Down, Degraded'],
  [/\b(tells?|told|hears?|heard)\b/i, 'notify, alert, send'],
  // How badly a component is affected is a partial or a major outage, as on the page.
  [/(?<!\b(partial|major) )\boutages?\b/i, 'incident'],
  [/\bopen incidents?\b/i, 'ongoing incident'],
  // In quotes it is a name that a service has given.
  [/(?<!“)\bmessages?\b/i, 'notification'],
  [/\blatency\b/i, 'response time'],
  [/\bavailability\b/i, 'uptime'],
  [/\bkinds?\b/i, 'type'],
  [/\bthrottl\w*/i, 'cooldown'],
  [/\b(comment|remark)s?\b/i, 'note'],
  [/\btime-?out\b(?<!timeout)|\btime out\b/i, 'timeout'],
  [/\be-mails?\b/i, 'email'],
  [/\bweb address(es)?\b/i, 'URL'],
  [/\bgo(es)? on\b|\btaken on\b|\banew\b|\bpresent one\b|\bas ever\b|\bupside down\b/i, 'standard terms'],
  [/(\d|\{\}) %/, '99.9%'],
  [/\.\.\.|\w …$/, 'Loading…'],
];

describe('wording', () => {
  it('is found in JSX, props and messages', () => {
    const expected = ['Page not found', 'Max redirects', 'Time before each retry.', 'Acknowledged by {}'];
    expect(TEXTS.map(({ text }) => text)).toEqual(expect.arrayContaining(expected));
    expect(TEXTS.length).toBeGreaterThan(350);
  });

  it.each(AVOID)('avoids %s', (pattern, instead) => {
    const found = TEXTS.filter(({ text }) => pattern.test(text));
    expect(placesOf(found), `use: ${instead}`).toEqual([]);
  });

  it('is in messages if it is composed', () => {
    expect(placesOf(TEXTS.filter(({ composed, inMessages }) => composed && !inMessages))).toEqual([]);
  });

  it('is in messages if it is used twice: a word in a feature, a phrase anywhere', () => {
    const repeated = TEXTS.filter(({ text, feature, place, inMessages }) => {
      const others = TEXTS.filter((other) => other.text === text && other.place !== place);
      return !inMessages && others.some((other) => text.includes(' ') || other.feature === feature);
    });
    expect(placesOf(repeated)).toEqual([]);
  });
});
