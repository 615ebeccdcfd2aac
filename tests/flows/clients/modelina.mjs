// Make a class in Python for each shape in the event document; prints their names as JSON.

import { readFileSync } from "node:fs";
import modelina from "@asyncapi/modelina";

const document = JSON.parse(readFileSync("asyncapi.json", "utf8"));
const models = await new modelina.PythonGenerator().generate(document);
console.log(JSON.stringify(models.map((each) => each.modelName)));
