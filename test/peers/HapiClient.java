import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HapiContext;
import ca.uhn.hl7v2.app.Connection;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.util.Terser;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * HAPI's client: sends each file over one connection, and prints a line for each answer, which HAPI has parsed and
 * validated: MSA-1, MSA-2, MSH-9.1, how many ERR segments. Arguments: the port, the files.
 */
public class HapiClient {
  public static void main(String[] arguments) throws Exception {
    try (HapiContext context = new DefaultHapiContext()) {
      Connection connection = context.newClient("127.0.0.1", Integer.parseInt(arguments[0]), false);
      for (int file = 1; file < arguments.length; file++) {
        String text = Files.readString(Path.of(arguments[file]), StandardCharsets.UTF_8);
        Message sent = context.getGenericParser().parse(text);
        Message answer = connection.getInitiator().sendAndReceive(sent);
        print(answer);
      }
      connection.close();
    }
  }

  private static void print(Message answer) throws Exception {
    Terser terser = new Terser(answer);
    int errors = answer.getName().equals("ACK") ? answer.getAll("ERR").length : -1;
    System.out.printf(
        "%s %s %s %d%n", terser.get("/MSA-1"), terser.get("/MSA-2"), terser.get("/MSH-9-1"), errors);
  }
}
