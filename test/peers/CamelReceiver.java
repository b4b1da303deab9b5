import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;

/** Camel's MLLP receiver as it comes: parses no more than it answers, stores nothing. Argument: the port. */
public class CamelReceiver {
  public static void main(String[] arguments) throws Exception {
    Main main = new Main();
    main.configure()
        .addRoutesBuilder(
            new RouteBuilder() {
              @Override
              public void configure() {
                from("mllp:127.0.0.1:" + arguments[0]).process(exchange -> {});
              }
            });
    main.start();
    System.out.println("ready");
    System.in.read();
    System.exit(0);
  }
}
