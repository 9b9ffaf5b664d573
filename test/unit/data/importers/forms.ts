import type { FormatName } from '../../../../src/data/importers/importer.js';

/** A small file of every form that says: the soup was cold, negative. */
export const FORMS: readonly (readonly [name: string, format: FormatName, content: string])[] = [
  [
    'a.xml',
    'semeval14',
    '<sentences><sentence id="7"><text>The soup was cold .</text><aspectTerms><aspectTerm term="soup" polarity="negative" from="4" to="8"/></aspectTerms></sentence></sentences>',
  ],
  [
    'a.xml',
    'mams',
    '<sentences><sentence><text>The soup was cold .</text><aspectTerms><aspectTerm from="4" polarity="negative" term="soup" to="8"/></aspectTerms></sentence></sentences>',
  ],
  [
    'a.xml',
    'semeval16',
    '<Reviews><Review rid="7"><sentences><sentence id="7:0"><text>The soup was cold .</text><Opinions><Opinion target="soup" category="FOOD#QUALITY" polarity="negative" from="4" to="8"/></Opinions></sentence></sentences></Review></Reviews>',
  ],
  ['a.txt', 'absa-quad', "The soup was cold .####[['soup', 'food quality', 'negative', 'cold']]\n"],
  ['a.txt', 'tasd', "The soup was cold .####[('soup', 'food quality', 'negative')]\n"],
  ['a.txt', 'm-absa', "The soup was cold .####[['soup', 'food quality', 'negative']]\n"],
  ['a.txt', 'aste', "The soup was cold .####[([1], [3], 'NEG')]\n"],
  ['a.txt', 'uabsa', "The soup was cold .####[([1], 'NEG')]\n"],
  ['a.txt', 'tags', 'The soup was cold .####The=O soup=T-NEG was=O cold=O .=O\n'],
  ['a.tsv', 'acos', 'The soup was cold .\t1,2 FOOD#QUALITY 0 3,4\n'],
  [
    'a.tsv',
    'tas-bert',
    'sentence_id\tsentence\ttarget\tcategory\tpolarity\tentailed\n7\tThe soup was cold .\tsoup\tfood\tnegative\tyes\n7\tThe soup was cold .\tsoup\tfood\tpositive\tno\n',
  ],
  ['a.seg', 'seg', 'The $T$ was cold .\nsoup\n-1'],
  ['a.txt', 'apc', 'The $T$ was cold .\nsoup\nNegative\n'],
  ['a.inference', 'apc', 'The [B-ASP]soup[E-ASP] was cold . $LABEL$ Negative\n'],
  ['a.atepc', 'atepc', 'The O -100\nsoup B-ASP Negative\nwas O -100\ncold O -100\n. O -100\n'],
  [
    'a.csv',
    'instructabsa',
    `raw_text,aspectTerms\nThe soup was cold .,"[{'term': 'soup', 'polarity': 'negative'}]"\n`,
  ],
  [
    'a.json',
    'label-studio',
    '[{"id": 7, "data": {"text": "The soup was cold ."}, "annotations": [{"result": [{"id": "a", "type": "labels", "value": {"start": 4, "end": 8, "text": "soup", "labels": ["negative"]}}]}]}]',
  ],
  ['a.jsonl', 'doccano', '{"id": 7, "text": "The soup was cold .", "label": [[4, 8, "negative"]]}\n'],
  [
    'a.jsonl',
    'prodigy',
    '{"text": "The soup was cold .", "_input_hash": 1, "spans": [{"start": 4, "end": 8, "label": "NEGATIVE"}], "answer": "accept", "_timestamp": 7}\n',
  ],
  ['a.csv', 'csv', 'text,term,polarity\nThe soup was cold .,soup,negative\n'],
  [
    'a.jsonl',
    'jsonl',
    '{"text": "The soup was cold .", "tuples": [{"term": "soup", "polarity": "negative"}]}\n',
  ],
];
