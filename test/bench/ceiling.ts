/** The ceiling: a bare Koa app that reads the body and answers 202, with nothing behind it. */
import Koa from 'koa';

const app = new Koa();
app.use(async (context) => {
  const size = await new Promise<number>((resolve, reject) => {
    let bytes = 0;
    context.req.on('data', (chunk: Buffer) => (bytes += chunk.byteLength));
    context.req.on('end', () => resolve(bytes));
    context.req.on('error', reject);
  });
  context.status = 202;
  context.body = { status: 'received', bytes: size };
});

const server = app.listen(Number(process.argv[2]), '127.0.0.1', () => process.send?.('ready'));
process.on('disconnect', () => {
  server.closeAllConnections();
  server.close();
});
