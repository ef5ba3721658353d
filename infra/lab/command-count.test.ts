import { expect, test } from '@jest/globals';
import { sumCalls } from './command-count.ts';

test('the calls of all commands are added up, but for asking itself', () => {
  const text = [
    '# Commandstats',
    'cmdstat_set:calls=3,usec=10,usec_per_call=3.33,rejected_calls=0,failed_calls=0',
    'cmdstat_info:calls=100,usec=10,usec_per_call=0.1,rejected_calls=0,failed_calls=0',
    'cmdstat_config|get:calls=2,usec=10,usec_per_call=5,rejected_calls=0,failed_calls=0',
    '',
  ].join('\r\n');
  expect(sumCalls(text)).toBe(5);
});
