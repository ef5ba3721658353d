/** More than a page of a draw has. */
const longestPage = 201;

/** Whether a command of a script looks at no more than a batch of members, or a page of the draw, whatever there is. */
export function isBounded([name = '', , ...args]: readonly string[], batch: number): boolean {
  switch (name.toUpperCase()) {
    case 'ZRANGE':
    case 'LRANGE':
      return (
        args.slice(0, 2).every((place) => Number(place) >= 0) &&
        Number(args[1]) - Number(args[0]) <= longestPage
      );
    case 'ZRANGEBYSCORE':
      return args[2] === 'LIMIT' && Number(args[4]) <= batch;
    case 'ZPOPMIN':
      return Number(args[0]) <= batch;
    default:
      return !/ALL$|KEYS$|VALS$|MEMBERS$|SCAN$|^SORT|STORE$|REMRANGE|^(?:ZREV|ZINTER|ZUNION|ZDIFF|SINTER|SUNION|SDIFF)/i.test(
        name,
      );
  }
}
