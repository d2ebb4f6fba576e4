// Owns the composition of a report: which sections there are, in which order, from what. Sections measure and say;
// nothing is written here.
import { articleSection, ARTICLE_MODELS, measureArticle, type ArticleRow } from './article.js';
import { articleFigures } from './article-figures.js';
import { measureProtocol, protocolSection, type ProtocolStep } from './author-protocol.js';
import { imagesFor, type ReportContext } from './context.js';
import { controlsSection, measureControls, measureOtherSet } from './controls.js';
import { diagnose, diagnosticsSection, maskedModels } from './diagnostics.js';
import { leakSection, ruleCurves } from './leak-curves.js';
import { modelsSection } from './models-section.js';
import type { PageHead, Section } from './page.js';
import { pruningSection } from './pruning-sweep.js';
import { runSweeps, sweepSection } from './sweeps.js';
import { checkTargets, targetsSection } from './targets.js';
import { measureWorst, worstSection } from './worst-case.js';

/** The models that a report looks for, in its order. */
export const REPORT_MODELS: readonly string[] = [...ARTICLE_MODELS, 'camera', 'hardened', 'one'];

/** A report, ready to be written. */
export interface Report {
  readonly head: PageHead;
  readonly sections: readonly Section[];
}

/** What there is to say beside the context. */
export interface ReportFacts {
  /** Models that were looked for and are not there. */
  readonly missing: readonly string[];
  /** The backend in words. */
  readonly backend: string;
}

/** The whole report. Long: every attack on every model, each kept by evaluate as it ends. */
export async function makeReport(context: ReportContext, facts: ReportFacts): Promise<Report> {
  const { subjects } = context;
  const each = <T>(what: string, measure: (subject: (typeof subjects)[number]) => T): Promise<Awaited<T>[]> =>
    inTurn(context, what, measure);
  const begun = await beginning(context);
  context.say('pruning sweep');
  const pruning = await pruningSection(context);
  context.say('epsilon sweeps');
  const swept = await runSweeps(context);
  const curves = ruleCurves(swept);
  const diagnoses = await each('masking diagnostics', (subject) => diagnose(context, subject));
  const worst = await each('worst case', (subject) => measureWorst(context, subject));
  const controls = (await each('controls', (subject) => measureControls(context, subject))).flat();
  const others = subjects.flatMap((subject) => measureOtherSet(context, subject) ?? []);
  const sweeps = swept.map(({ point }) => point);
  const masked = maskedModels(diagnoses);
  const targets = checkTargets({ context, ...begun.measured, pruning: pruning?.points, sweeps, worst, others });
  context.say('drawing');
  return {
    head: headOf(context, facts, 'lq-stream: report'),
    sections: [
      targetsSection(targets, masked),
      modelsSection(context, facts.missing, masked),
      ...begun.sections,
      ...(pruning ? [pruning.section] : []),
      await sweepSection(context, swept),
      await leakSection(context, curves),
      diagnosticsSection(diagnoses),
      worstSection(worst, masked),
      controlsSection(controls, others),
    ],
  };
}

/** The article's part alone: what of it was to be reached, its table and its figures. */
export async function makeArticle(context: ReportContext, facts: ReportFacts): Promise<Report> {
  const { measured, sections } = await beginning(context);
  const targets = checkTargets({ context, ...measured }).filter(({ ours }) => ours !== undefined);
  return {
    head: headOf(context, facts, 'lq-stream: the article, made again'),
    sections: [targetsSection(targets, new Set()), modelsSection(context, facts.missing), ...sections],
  };
}

async function beginning(context: ReportContext): Promise<{
  measured: { readonly article: ArticleRow[]; readonly protocol: ProtocolStep[] };
  sections: Section[];
}> {
  context.say('the article: universal noise');
  const article = await measureArticle(context);
  context.say("the article: the author's protocol for the convolutional networks");
  const protocol = await measureProtocol(context);
  const own = protocolSection(context, protocol);
  return {
    measured: { article, protocol },
    sections: [articleSection(context, article), ...(own ? [own] : []), await articleFigures(context, article)],
  };
}

async function inTurn<S, T>(
  { subjects, say }: { subjects: readonly S[]; say: ReportContext['say'] },
  what: string,
  measure: (subject: S) => T,
): Promise<Awaited<T>[]> {
  say(what);
  const found: Awaited<T>[] = [];
  for (const subject of subjects) found.push(await measure(subject));
  return found;
}

function headOf({ data, plan, seed, subjects }: ReportContext, { backend }: ReportFacts, title: string): PageHead {
  const heavy = subjects.filter((subject) => imagesFor(subject, { plan, data }) < plan.images).map(({ name }) => name);
  return {
    title,
    lead: [
      'Linear-quadratic networks, their pruned and softmax kin, under noise and attacks, behind gates ' +
        'that look at their outputs: the figures of the article "Output analysis" made again beside its ' +
        "author's, then judged by attacks that know the gate.",
      `Data: ${data.name}. Thresholds are set on ${data.heldOut.count} digits that no model was trained ` +
        `on; every figure is measured on test digits, always the first so many, but for those by the author's ` +
        `protocol, which has training digits. Intervals are exact binomial ones (Clopper-Pearson) at 95 %. Seed ${seed}, backend ${backend}. All numbers are in ` +
        `\`report.json\`, all figures in \`figures/\`.`,
    ],
    warnings: [
      ...(plan.quick
        ? [
            `Made with --quick: ${plan.images} digits an attack, ${plan.article} for the article, with few ` +
              `steps and short fits. Good for a look, not for a claim.`,
          ]
        : []),
      ...(heavy.length > 0
        ? [
            `${heavy.join(', ')}: these cost far more to attack, so they meet ${plan.heavyImages} digits an ` +
              `attack where the others meet ${plan.images}, and universal vectors fitted in ${plan.fitting[1]} ` +
              `steps where the others' take ${plan.fitting[0]}.`,
          ]
        : []),
    ],
  };
}
