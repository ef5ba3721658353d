import { expect, test } from '@jest/globals';
import { parseThreadMicros } from './thread-time.ts';

test('the time of the thread is that in user and system mode, in µs', () => {
  const info = [
    '# CPU',
    'used_cpu_sys:9.5',
    'used_cpu_user:9.5',
    'used_cpu_sys_main_thread:0.250001',
    'used_cpu_user_main_thread:1.000002',
    '',
  ].join('\r\n');
  expect(parseThreadMicros(info)).toBe(1_250_003);
  expect(() => parseThreadMicros('used_cpu_sys:9.5')).toThrow('does not tell');
});
