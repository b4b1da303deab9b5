import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HapiContext;
import ca.uhn.hl7v2.app.HL7Service;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.protocol.ReceivingApplication;
import java.util.Map;

/** HAPI's receiver as it comes: parses each message, stores nothing, and answers AA. Argument: the port. */
public class HapiReceiver {
  public static void main(String[] arguments) throws Exception {
    HapiContext context = new DefaultHapiContext();
    HL7Service server = context.newServer(Integer.parseInt(arguments[0]), false);
    server.registerApplication(
        new ReceivingApplication<Message>() {
          @Override
          public Message processMessage(Message message, Map<String, Object> metadata) {
            try {
              return message.generateACK();
            } catch (Exception thrown) {
              throw new IllegalStateException(thrown);
            }
          }

          @Override
          public boolean canProcess(Message message) {
            return true;
          }
        });
    server.startAndWait();
    System.out.println("ready");
    System.in.read();
    System.exit(0);
  }
}
