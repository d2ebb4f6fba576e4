// Owns the words of pages with text, and texts put together from them by lot. No digits but where it says so.
import type { Random } from '../../base/random.js';

const WORDS =
  `all also apple back ball bell blue book bottle boil call cell child cold collar colour cool corner dear door doll
early east eel egg else fall feel fill final fish floor flower fool form full garden gold good green grill hall hello
hill hole house ill inn island jolly keep kettle kill kitchen lake lamp late letter light lily line list little loose
lot love mill milk moon morning mother nice night noon north oil old olive only open oak owl paper people pillow pool
please quiet quill rain red river roll room rose sail salt school sell silly silk sister small smile snow soil solo
south spill spoon still stone stool street sun table tall tell till tiny tool town tulip under until valley village
violin wall well west wheel will willow window wool word yellow yes zero Ali Bill Doris Ella Ida Ilse Ivo Lilli Lois
Olga Otto Oslo Isis Sissi Sylt List Ost Ofen Silo Insel Igel Illusion Solo Ziel Iltis bald bitte Blatt Brief Brot dann
Eis Feld Gast gelb Glas gross Haus heiss Hof Holz Hut kalt klein Kohl Licht Lied Luft Milch Moos Nest oben Obst Ohr Regen
Rolle Salz Seite See Sohn Sonne spielen Stadt still Stoff Tisch toll Tor voll Wald Weg Wolle zehn Zoll belle bois ciel
clos cloche colis dos elle fil fille fleur ici ile il ils lilas lion lit loi loin lune mois noisette oeil oie or os pli
poil pois sel ski soie soir sol soleil sol tilleul toile toit ville voile vol bloei bloem boot dijk doos eind fiets goed
hallo huis ijs kool lief lijst loop moeilijk mooi olie oom oost poes rood school slim sloot sloop stil stoel vlies
voet weids wijs zee zes zijn zilver zoon`.split(/\s+/);

/** What is cut off at the border of a page or stands alone: letters that look like digits, and pieces of words. */
export const LOOKALIKES = [
  'l',
  'o',
  'I',
  'O',
  's',
  'S',
  'i',
  'D',
  'b',
  'g',
  'q',
  'z',
  'Z',
  'B',
  't',
  'y',
  'ill',
  'lo',
  'oil',
  'so',
  'Is',
  'il',
  'olo',
  'SO',
  'Io',
  'sol',
  'go',
  'ol',
  'll',
  'oo',
  'is',
  'Ol',
] as const;

/** One word. */
export function anyWord(random: Random): string {
  return WORDS[random.int(WORDS.length)]!;
}

/** Words with now and then a sign between them, about so many characters long. */
export function anyText(length: number, random: Random): string {
  let text = capital(anyWord(random));
  while (text.length < length) {
    const lot = random.next();
    text += lot < 0.07 ? `. ${capital(anyWord(random))}` : lot < 0.14 ? `, ${anyWord(random)}` : ` ${anyWord(random)}`;
  }
  return text;
}

function capital(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1);
}

const MONTHS = ['January', 'March', 'Mai', 'June', 'juli', 'Oktober', 'avril', 'Dezember'] as const;

/** A number as it stands in a text, with what is around it: holds digits. */
export function anyNumberInText(random: Random): string {
  const n = (least: number, most: number): string => String(least + random.int(most - least + 1));
  const forms: readonly (() => string)[] = [
    () => `Room ${n(2, 99)}`,
    () => `${MONTHS[random.int(MONTHS.length)]!} ${n(2, 28)}, ${n(1980, 2026)}`,
    () => `x = ${n(12, 999)}`,
    () => `${n(2, 28)}.${n(2, 12)}.${n(2000, 2026)}`,
    () => `${n(3, 250)} Euro`,
    () => `EUR ${n(3, 99)}.${n(10, 99)}`,
    () => `page ${n(12, 480)}`,
    () => `tel ${n(20, 99)} ${n(200, 999)} ${n(20, 99)}`,
    () => `${capital(anyWord(random))} ${n(12, 99)} ${anyWord(random)}`,
    () => `${n(22, 98)} ${anyWord(random)} ${anyWord(random)}`,
    () => `No. ${n(23, 789)}`,
    () => `y = ${n(2, 9)}x + ${n(23, 88)}`,
    () => `${anyWord(random)}: ${n(23, 987)}`,
    () => `${n(22, 98)} km`,
  ];
  return forms[random.int(forms.length)]!();
}

/** A sum or an equation: digits with signs between them. */
export function anyEquation(random: Random): string {
  const n = (digits: number): string => String(10 ** (digits - 1) + random.int(9 * 10 ** (digits - 1)));
  const few = (): string => n(1 + random.int(2));
  const sign = (): string => ['+', '-', 'x', '/', '+', '-'][random.int(6)]!;
  const forms: readonly (() => string)[] = [
    () => `${few()} ${sign()} ${few()} =`,
    () => `${few()}${sign()}${few()}=${few()}`,
    () => `( ${few()} ${sign()} ${few()} ) ${sign()} ${n(1)}`,
    () => `${n(2)} ${sign()} ${n(1)} = ${n(2)}`,
    () => `x = ${n(3)}`,
    () => `${n(1)}x + ${n(1)} = ${n(2)}`,
    () => `${n(1)} ${sign()} ${n(1)}`,
    () => `y = ${n(1)}x - ${n(2)}`,
  ];
  return forms[random.int(forms.length)]!();
}
